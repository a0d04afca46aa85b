import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPodIdentityError } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { simulatorProgram } from './simulator-program.js';
import { send } from './testing/send.js';
import type { Loose } from './testing/loose.js';

const crds = fileURLToPath(new URL('../../../deploy/crds', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-program-'));
});
afterEach(async () => rm(folder, { recursive: true }));

/** Runs the program; `whenReady` gets its JSON line, and then it is told to stop. */
async function run(argv: string[], whenReady?: (ready: Loose) => Promise<void>): Promise<string> {
  const controller = new AbortController();
  let output = '';
  let act: Promise<void> | undefined;
  const context = {
    argv,
    environment: {},
    stop: controller.signal,
    print: (text: string) => {
      output += text;
      act = (whenReady?.(argv.includes('--json') ? JSON.parse(text) : text) ?? Promise.resolve()).finally(
        () => controller.abort(),
      );
    },
  };
  await simulatorProgram(context, crds);
  await act;
  return output;
}

describe('the simulator program', () => {
  it('starts the default world, writes its files and says so in one line of JSON', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    const environment = join(folder, 'environment');
    const argv = ['--kubeconfig', kubeconfig, '--environment-dir', environment, '--json', '--seed=x'];
    await run(argv, async (ready) => {
      expect(ready).toMatchObject({ ready: true, developmentOnly: true, kubeconfig });
      expect(ready.subscriptionId).toBe('11111111-2222-3333-4444-555555555555');
      expect(Object.keys(ready.urls.imds).sort()).toEqual([
        'pool000000',
        'pool000001',
        'pool000002',
        'vm-0',
        'vm-1',
      ]);
      for (const file of [kubeconfig, join(environment, 'azure.json')])
        expect((await stat(file)).mode & 0o777).toBe(0o600);
      const azure = JSON.parse(await readFile(join(environment, 'azure.json'), 'utf8'));
      expect(azure).toMatchObject({
        cloud: 'AzureStackCloud',
        tenantId: ready.tenantId,
        useManagedIdentityExtension: false,
      });
      const cloud = JSON.parse(await readFile(join(environment, 'azure-environment.json'), 'utf8'));
      expect(cloud).toMatchObject({
        activeDirectoryEndpoint: `${ready.urls.entra}/`,
        resourceManagerEndpoint: `${ready.urls.arm}/`,
      });
      const ca = await readFile(join(environment, 'ca.crt'), 'utf8');
      const form = {
        grant_type: 'client_credentials',
        client_id: azure.aadClientId,
        client_secret: azure.aadClientSecret,
      };
      const token = await send(`${cloud.activeDirectoryEndpoint}${azure.tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        ca,
        body: new URLSearchParams({ ...form, scope: `${cloud.tokenAudience}.default` }).toString(),
      });
      expect(token.status).toBe(200);
      const bearer = /token: (\S+)/.exec(await readFile(kubeconfig, 'utf8'))![1]!;
      const path = '/apis/aadpodidentity.k8s.io/v1/azureidentities';
      expect(
        (
          await send(`${ready.urls.kubernetes}${path}`, {
            ca,
            headers: { authorization: `Bearer ${bearer}` },
          })
        ).status,
      ).toBe(200);
    });
  });

  it('says in words that it is for development only, and when it is ready', async () => {
    const output = await run(['--kubeconfig', join(folder, 'k'), '--crds=none']);
    expect(output).toMatch(/^A simulator for development and tests.*never use it in production/);
    expect(output).toContain('\nready: kubectl --kubeconfig ');
  });

  it('puts the IMDS of one node where it is told to', async () => {
    const argv = [
      '--kubeconfig',
      join(folder, 'k'),
      '--crds=none',
      '--json',
      '--imds-address=vm-0=127.7.7.7:0',
    ];
    await run(argv, async (ready) => {
      expect(new URL(ready.urls.imds['vm-0']).hostname).toBe('127.7.7.7');
      expect(new URL(ready.urls.imds['vm-1']).hostname).toBe('127.0.0.1');
    });
  });

  it('prints help', async () => {
    expect(await run(['--help'])).toContain('--kubeconfig');
  });

  it.each([
    [[], /--kubeconfig is missing/],
    [['--kubeconfig', 'k', '--crds', '/no/such/folder'], /--crds: cannot read the folder \/no\/such\/folder/],
    [['--kubeconfig', 'k', '--limits', 'some'], /--limits/],
    [['--kubeconfig', 'k', '--imds-address', '127.0.0.1:80'], /is not NODE=ADDRESS:PORT/],
    [['--kubeconfig', 'k', 'x'], /unexpected argument "x"/],
    [['--wrong'], /wrong/],
  ])('refuses %j', async (argv, message) => {
    const failure = await run(argv).catch((error: unknown) => error);
    expect(isPodIdentityError(failure, 'invalid-configuration')).toBe(true);
    expect((failure as Error).message).toMatch(message);
  });
});
