import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnection } from '@aad-pod-identity/kubernetes';
import { systemClock } from '@aad-pod-identity/program';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getRaw, type RawAnswer } from './testing/raw-http.js';
import { eventually, SimulatedNode, type RunningNmi } from './testing/simulated-nmi.js';

const token = '/metadata/identity/oauth2/token?resource=https://vault.azure.net';
const json = (answer: RawAnswer): Record<string, unknown> =>
  JSON.parse(answer.body) as Record<string, unknown>;
const get = async (port: number, path: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
};
const ready = (nmi: RunningNmi): Promise<unknown> =>
  eventually(async () => (await get(nmi.probes, '/readyz')).status === 200);

describe('nmi', () => {
  let node: SimulatedNode;
  beforeEach(async () => {
    const world = {
      identities: [{ name: 'app' }, { name: 'spare' }],
      applications: [
        { name: 'sp', clientId: 'a0a0a0a0-0000-0000-0000-00000000000a', secrets: ['first-secret'] },
      ],
    };
    node = await SimulatedNode.start(world, ['app']);
  });
  afterEach(() => node[Symbol.asyncDispose]());

  it('gives the pod of an assigned identity a token, and stops doing so with its binding', async () => {
    node.pod('team-a', 'web', 'app');
    const { clientId } = node.bind('team-a', 'app');
    node.assign('team-a', 'web', 'app', 'Assigned');
    const from = await node.address('team-a', 'web');
    const nmi = await node.nmi(['--binding-grace=100ms']);
    await ready(nmi);

    const answer = await getRaw(token, { port: nmi.port, from });
    expect([answer.status, json(answer)['client_id'], json(answer)['token_type']]).toEqual([
      200,
      clientId,
      'Bearer',
    ]);
    const claims = JSON.parse(
      Buffer.from(String(json(answer)['access_token']).split('.')[1] ?? '', 'base64url').toString(),
    ) as Record<string, unknown>;
    expect([claims['aud'], claims['appid']]).toEqual(['https://vault.azure.net', clientId]);
    const host = await getRaw('/host/token?resource=r', { port: nmi.port }, [
      'podns: team-a',
      'podname: web',
    ]);
    expect([host.status, json(host)['clientid']]).toEqual([200, clientId]);
    const instance = await getRaw('/metadata/instance?api-version=2021-02-01', { port: nmi.port, from });
    expect([instance.status, Object.keys(json(instance))]).toEqual([
      200,
      expect.arrayContaining(['compute']),
    ]);

    node.delete('azureidentitybindings', 'team-a', 'app');
    let served = 1;
    const denied = await eventually(async () => {
      const next = await getRaw(token, { port: nmi.port, from });
      if (next.status !== 200) return next;
      served++;
      return undefined;
    });
    expect(json(denied)).toMatchObject({ error: 'identity_not_found', reason: 'no-binding' });
    await eventually(() => {
      const { items } = node.simulator.kubernetes.objects.list('events');
      return items.some((event) => (event as unknown as { reason: string }).reason === 'TokenDenied');
    });

    const { text: metrics } = await get(nmi.metrics, '/metrics');
    expect(metrics).toContain(
      `aadpodidentity_nmi_operations_duration_seconds_count{operation_type="/metadata/identity/oauth2/token",status_code="200",namespace="team-a",resource="https://vault.azure.net"} ${served}`,
    );
    expect(metrics).toContain('aadpodidentity_nmi_token_cache_size 2');
    expect(metrics).toContain(
      'aadpodidentity_imds_operations_duration_seconds_count{operation_type="adal_token_msi_userassignedid"} 2',
    );
    const log = nmi.lines.join('');
    expect(log).not.toContain(String(json(answer)['access_token']));
    expect(log).not.toContain(clientId);
    const line = nmi.lines
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .find(({ outcome }) => outcome === 'token');
    expect(line).toMatchObject({
      namespace: 'team-a',
      pod: 'web',
      identity: 'team-a/app',
      status: 200,
      correlationId: expect.any(String),
      ms: expect.any(Number),
    });
    expect(await nmi.stop()).toBe(0);
  });

  it('gives no token of another identity of the VM to an AzureIdentity with its clientID', async () => {
    const identities = node.simulator.azure.identities.list();
    const named = (name: string) => identities.find((identity) => identity.name === name);
    node.pod('team-a', 'web', 'mixed');
    const mixed = { type: 0, resourceID: named('spare')?.id, clientID: named('app')?.clientId };
    node.create('azureidentities', 'team-a', 'mixed', { spec: mixed });
    node.create('azureidentitybindings', 'team-a', 'mixed', {
      spec: { azureIdentity: 'mixed', selector: 'mixed' },
    });
    node.assign('team-a', 'web', 'mixed', 'Assigned');
    const from = await node.address('team-a', 'web');
    const nmi = await node.nmi();
    await ready(nmi);

    const denied = await getRaw(token, { port: nmi.port, from });
    expect([denied.status, json(denied)]).toEqual([
      403,
      expect.objectContaining({ error: 'access_denied', reason: 'identity-mismatch' }),
    ]);
    expect(json(denied)['error_description']).toContain('clientID of AzureIdentity team-a/mixed');
    expect(denied.body).not.toMatch(/eyJ|access_token/);
  });

  it('lets a request wait for MIC, and answers when it has assigned', async () => {
    node.pod('team-a', 'web', 'app');
    node.bind('team-a', 'app');
    const from = await node.address('team-a', 'web');
    const nmi = await node.nmi();
    await ready(nmi);
    const asked = getRaw(token, { port: nmi.port, from });
    await eventually(async () =>
      (await get(nmi.metrics, '/metrics')).text.includes('aadpodidentity_nmi_waiters 1'),
    );
    node.assign('team-a', 'web', 'app', 'Assigned');
    expect((await asked).status).toBe(200);
  });

  it('finds a pod that only the API server knows yet, and denies an address that nobody has', async () => {
    node.bind('team-a', 'app');
    const path = String.raw`/api/v1/pods\?.*watch=`;
    node.simulator.faults.add({ target: 'kubernetes', path, action: { kind: 'status', status: 500 } });
    const nmi = await node.nmi(['--operation-mode=managed', '--forceNamespaced']);
    await ready(nmi);
    node.pod('team-a', 'web', 'app');
    const from = await node.address('team-a', 'web');
    const answer = await getRaw(token, { port: nmi.port, from });
    expect(answer.status).toBe(200);
    const nobody = await getRaw(token, { port: nmi.port, from: '127.1.9.9' });
    expect([nobody.status, json(nobody)['reason']]).toEqual([404, 'unknown-caller']);
  });

  it('gives tokens to a pod that is being deleted while it can be told that its address is its own', async () => {
    node.pod('team-a', 'web', 'app');
    node.pod('team-a', 'other');
    node.bind('team-a', 'app');
    node.assign('team-a', 'web', 'app', 'Assigned');
    const from = await node.address('team-a', 'web');
    await node.address('team-a', 'other');
    const nmi = await node.nmi();
    await ready(nmi);
    const ask = async (): Promise<string> => {
      const answer = await getRaw(token, { port: nmi.port, from });
      const { reason } = json(answer);
      return `${answer.status} ${typeof reason === 'string' ? reason : 'token'}`;
    };
    // Something that is not done with it yet keeps the object, as kubelet does while the containers end.
    const pods = node.simulator.kubernetes.objects;
    const web = pods.get('pods', { namespace: 'team-a', name: 'web' });
    pods.update('pods', {
      ...web,
      metadata: { ...web?.metadata, finalizers: ['example.com/ending'] },
    } as never);
    node.delete('pods', 'team-a', 'web');
    await eventually(() => {
      const { metadata } = pods.get('pods', { namespace: 'team-a', name: 'web' }) ?? {};
      return metadata?.deletionTimestamp !== undefined;
    });
    node.simulator.faults.add({
      target: 'kubernetes',
      path: String.raw`/api/v1/pods\?(?!.*watch=)`,
      action: { kind: 'status', status: 500 },
    });
    await eventually(async () => (await ask()) === '503 address-in-doubt');
    node.simulator.faults.clear();
    expect(await ask()).toBe('200 token');
  });

  it('passes on what IMDS says of an identity that the machine does not have', async () => {
    node.pod('team-a', 'web', 'spare');
    node.bind('team-a', 'spare');
    const from = await node.address('team-a', 'web');
    const nmi = await node.nmi(['--operation-mode=managed', '--forceNamespaced']);
    await ready(nmi);
    const answer = await getRaw(token, { port: nmi.port, from });
    expect([answer.status, json(answer)['reason']]).toEqual([400, 'upstream-failed']);
    expect(json(answer)['error_description']).toContain('Identity not found');
  });

  it('gets tokens of service principals from Entra, and reads a Secret that was rotated', async () => {
    node.pod('team-a', 'web', 'sp');
    const from = await node.address('team-a', 'web');
    const data = (secret: string) => ({ data: { clientSecret: Buffer.from(secret).toString('base64') } });
    node.servicePrincipal('team-a', 'sp', {
      clientId: 'a0a0a0a0-0000-0000-0000-00000000000a',
      secret: 'wrong',
    });
    const nmi = await node.nmi();
    await ready(nmi);
    const refused = await getRaw(token, { port: nmi.port, from });
    expect([refused.status, json(refused)['reason'], json(refused)['error']]).toEqual([
      401,
      'upstream-failed',
      'invalid_client',
    ]);
    node.delete('secrets', 'team-a', 'sp-secret');
    node.create('secrets', 'team-a', 'sp-secret', data('first-secret'));
    const answer = await eventually(async () => {
      const next = await getRaw(token, { port: nmi.port, from });
      return next.status === 200 ? next : undefined;
    });
    expect(json(answer)).toMatchObject({
      client_id: 'a0a0a0a0-0000-0000-0000-00000000000a',
      resource: 'https://vault.azure.net',
    });
    expect(nmi.lines.join('')).not.toContain('first-secret');
    // What was fetched for an identity goes with it.
    expect((await get(nmi.metrics, '/metrics')).text).not.toContain('aadpodidentity_nmi_token_cache_size 0');
    node.delete('azureidentities', 'team-a', 'sp');
    await eventually(async () =>
      (await get(nmi.metrics, '/metrics')).text.includes('aadpodidentity_nmi_token_cache_size 0'),
    );
  });

  it('sends no Secret where a tenant wants it, and reads none of another namespace', async () => {
    const read: string[] = [];
    node.pod('team-a', 'web', 'sp');
    const from = await node.address('team-a', 'web');
    node.create('secrets', 'team-a', 'mine', { data: { clientSecret: Buffer.from('x').toString('base64') } });
    const spec = { type: 1, tenantID: node.simulator.tenantId, clientID: 'c' };
    node.create('azureidentities', 'team-a', 'sp', {
      spec: {
        ...spec,
        clientPassword: { name: 'mine', namespace: 'team-a' },
        adEndpoint: 'https://127.0.0.1:9',
      },
    });
    node.create('azureidentitybindings', 'team-a', 'sp', { spec: { azureIdentity: 'sp', selector: 'sp' } });
    const nmi = await node.nmi(['--forceNamespaced'], {
      connect: async (options) => {
        const connection = await loadConnection({ ...options, env: {}, clock: systemClock });
        return {
          ...connection,
          server: connection.server,
          request: (request) => {
            if (request.path.includes('/secrets')) read.push(request.path);
            return connection.request(request);
          },
          close: () => connection.close(),
        };
      },
    });
    await ready(nmi);
    const elsewhere = await getRaw(token, { port: nmi.port, from });
    expect([elsewhere.status, json(elsewhere)['reason']]).toEqual([403, 'credential-refused']);
    expect(json(elsewhere)['error_description']).toContain('--allowed-ad-endpoints');

    node.delete('azureidentities', 'team-a', 'sp');
    node.create('azureidentities', 'team-a', 'sp', {
      spec: { ...spec, clientPassword: { name: 'theirs', namespace: 'team-b' } },
    });
    const theirs = await eventually(async () => {
      const next = await getRaw(token, { port: nmi.port, from });
      return String(json(next)['error_description']).includes('theirs') ? next : undefined;
    });
    expect([theirs.status, json(theirs)['reason']]).toEqual([403, 'credential-refused']);
    expect(read).toEqual([]);

    // Where all is as it should be, the one Secret is read, by its name.
    node.delete('azureidentities', 'team-a', 'sp');
    node.create('azureidentities', 'team-a', 'sp', {
      spec: { ...spec, clientPassword: { name: 'mine', namespace: 'team-a' } },
    });
    await eventually(async () => {
      const next = await getRaw(token, { port: nmi.port, from });
      return json(next)['error'] === 'invalid_client' || json(next)['error'] === 'unauthorized_client';
    });
    expect(new Set(read)).toEqual(new Set(['/api/v1/namespaces/team-a/secrets/mine']));
  });

  it('gets tokens by certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nmi-cert-'));
    const openssl = (...args: string[]): void =>
      void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'k.pem',
      '-out',
      'c.pem',
      '-days',
      '2',
      '-subj',
      '/CN=sp',
    );
    openssl('pkcs12', '-export', '-inkey', 'k.pem', '-in', 'c.pem', '-out', 'sp.pfx', '-passout', 'pass:pw');
    const certificates = [readFileSync(join(folder, 'c.pem'), 'utf8')];
    const base64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString('base64');
    const certificate = base64(readFileSync(join(folder, 'sp.pfx')));
    rmSync(folder, { recursive: true });
    const { clientId } = node.simulator.populate.application({ name: 'cert-sp', certificates });
    node.create('secrets', 'team-a', 'cert', { data: { certificate, password: base64('pw') } });
    node.pod('team-a', 'web', 'cert');
    const from = await node.address('team-a', 'web');
    node.create('azureidentities', 'team-a', 'cert', {
      spec: {
        type: 2,
        tenantID: node.simulator.tenantId,
        clientID: clientId,
        clientPassword: { name: 'cert', namespace: 'team-a' },
      },
    });
    node.create('azureidentitybindings', 'team-a', 'cert', {
      spec: { azureIdentity: 'cert', selector: 'cert' },
    });
    const nmi = await node.nmi();
    await ready(nmi);
    const answer = await getRaw(token, { port: nmi.port, from });
    expect([answer.status, json(answer)['client_id']], answer.body).toEqual([200, clientId]);
  });

  it('is not ready, and decides nothing, before it knows the cluster', async () => {
    await node.simulator[Symbol.asyncDispose]();
    const nmi = await node.nmi();
    const { status, text } = await get(nmi.probes, '/readyz');
    expect([status, text]).toEqual([503, expect.stringContaining('no list of pods yet')]);
    expect(await get(nmi.probes, '/healthz')).toEqual({ status: 200, text: 'Active' });
    const answer = await getRaw(token, { port: nmi.port, from: '127.1.0.1' });
    expect([answer.status, json(answer)['reason']]).toEqual([503, 'not-synced']);
    await eventually(() =>
      nmi.lines.some((line) => line.includes('cannot reach the API server to list pods')),
    );
    expect(nmi.lines.filter((line) => line.includes('cannot reach the API server'))).toHaveLength(1);
  });
});
