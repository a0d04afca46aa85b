import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@aad-pod-identity/program';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { connect } from './connect.js';

describe('connecting to the API server', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connect-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('takes the stock client for what the lean connection does not support', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const plugin = join(folder, 'plugin');
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' };
    await writeFile(
      plugin,
      `#!/bin/sh\necho '${JSON.stringify({ ...credential, status: { token: 'from-plugin' } })}'\n`,
    );
    await chmod(plugin, 0o755);
    const exec = { apiVersion: credential.apiVersion, command: plugin, interactiveMode: 'Never' };
    const connection = await connect({
      ...(await kubeconfig(`http://127.0.0.1:${port}`, { exec })),
      userAgent: 'test/1',
    });
    await (await connection.request({ method: 'GET', path: '/api' })).json();
    await connection.close();
    await new Promise((resolve) => server.close(resolve));
    expect(seen).toEqual(['Bearer from-plugin']);
  });

  it('says what is wrong with a file that neither can use', async () => {
    const options = await kubeconfig('h:6443', {});
    await expect(connect({ ...options, userAgent: 'test/1' })).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('write https://HOST:PORT') as string,
    });
  });

  const kubeconfig = async (server: string, user: object) => {
    const path = join(folder, 'config');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'k', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    };
    await writeFile(path, stringify(config));
    return { kubeconfig: path, env: {}, clock: systemClock };
  };
});
