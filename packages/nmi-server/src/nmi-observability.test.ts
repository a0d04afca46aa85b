import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documentedMetrics, scrapedMetrics } from '../../../test/documented-metrics.js';
import { limitFlags } from './limit-flags.js';
import { FakeIptables } from './testing/fake-iptables.js';
import { getRaw, type RawAnswer } from './testing/raw-http.js';
import { eventually, SimulatedNode, type RunningNmi } from './testing/simulated-nmi.js';

const token = '/metadata/identity/oauth2/token?resource=https://vault.azure.net';
const principalId = 'a0a0a0a0-0000-0000-0000-00000000000a';
const docs = readFileSync(new URL('../../../docs/nmi.md', import.meta.url), 'utf8');
const scrape = async (nmi: RunningNmi): Promise<string> =>
  (await fetch(`http://127.0.0.1:${nmi.metrics}/metrics`)).text();
const ready = (nmi: RunningNmi): Promise<unknown> =>
  eventually(async () => (await fetch(`http://127.0.0.1:${nmi.probes}/readyz`)).status === 200);

describe('what nmi tells', () => {
  let node: SimulatedNode;
  beforeEach(async () => {
    const applications = [{ name: 'sp', clientId: principalId, secrets: ['the-right-secret'] }];
    node = await SimulatedNode.start({ identities: [{ name: 'app' }], applications }, ['app']);
  });
  afterEach(() => node[Symbol.asyncDispose]());

  /** A pod of an assigned identity, one of a service principal, and one that has nothing. @returns their addresses */
  const pods = async (): Promise<readonly string[]> => {
    node.bind('team-a', 'app');
    node.pod('team-a', 'web', 'app');
    node.assign('team-a', 'web', 'app', 'Assigned');
    node.servicePrincipal('team-a', 'sp', { clientId: principalId, secret: 'the-right-secret' });
    node.pod('team-a', 'principal', 'sp');
    node.pod('team-a', 'nobody');
    return Promise.all(['web', 'principal', 'nobody'].map((name) => node.address('team-a', name)));
  };

  it('as metrics are those that docs/nmi.md names, of their types and with their labels, and no others', async () => {
    const [web = '', , nobody = ''] = await pods();
    const iptables = new FakeIptables('iptables-nft');
    const nmi = await node.nmi(['--interception=iptables', '--max-connections-per-pod=1'], {
      run: iptables.run,
    });
    await eventually(async () => (await getRaw(token, { port: nmi.port, from: web })).status === 200);
    await getRaw(token, { port: nmi.port, from: nobody });
    node.simulator.faults.add({ target: 'imds', action: { kind: 'status', status: 500 } });
    await getRaw(token.replace('vault', 'other'), { port: nmi.port, from: web });
    node.simulator.faults.add({
      target: 'kubernetes',
      path: String.raw`/api/v1/pods\?(?!.*watch=)`,
      action: { kind: 'status', status: 500 },
    });
    await getRaw(token, { port: nmi.port, from: '127.1.9.9' });
    const held = await holdTwo(nmi.port, web);
    const text = await eventually(async () => {
      const now = await scrape(nmi);
      return now.includes('nmi_connections_cut_count{reason="address-full"} 1') && now;
    });
    for (const socket of held) socket.destroy();
    expect(Object.keys(documentedMetrics('nmi.md')).length).toBeGreaterThan(12);
    expect(scrapedMetrics(text)).toEqual(documentedMetrics('nmi.md'));
    expect(text).not.toContain('127.1.');
  });

  it('holds no token, no secret and no assertion, in the log, in events and in metrics', async () => {
    const addresses = await pods();
    const nmi = await node.nmi(['-v=8']);
    await ready(nmi);
    const secrets = new Set(['the-right-secret', Buffer.from('the-right-secret').toString('base64')]);
    const ask = async (from: string, target = token): Promise<RawAnswer> => {
      const answer = await getRaw(target, { port: nmi.port, from });
      const { access_token: value } = JSON.parse(answer.body) as { access_token?: string };
      // Each part of a token: header, claims, signature.
      for (const part of value?.split('.') ?? []) secrets.add(part.slice(0, 24));
      return answer;
    };
    const statuses = [];
    for (const from of addresses) statuses.push((await ask(from)).status);
    expect(statuses).toEqual([200, 200, expect.any(Number)]);
    // Failures tell most: of IMDS, of Entra, of a Secret, and of requests that are none.
    const bodies = {
      error: 'invalid_client',
      error_description: 'eyJhbGciOiJub25lIn0.eyJzZWNyZXQiOjF9.c2ln',
    };
    for (const target of ['imds', 'entra'] as const)
      node.simulator.faults.add({ target, action: { kind: 'status', status: 401, body: bodies } });
    secrets.add('eyJhbGciOiJub25lIn0');
    for (const from of addresses) await ask(from, token.replace('vault', 'other'));
    node.simulator.faults.clear();
    node.delete('secrets', 'team-a', 'sp-secret');
    await ask(addresses[1] ?? '', token.replace('vault', 'third'));
    await getRaw('/nothing\x01', { port: nmi.port, from: addresses[0] ?? '' }).catch(() => undefined);
    const events = JSON.stringify(node.simulator.kubernetes.objects.list('events').items);
    const told = [...nmi.lines, events, await scrape(nmi)].join('\n');
    expect(secrets.size).toBeGreaterThan(6);
    for (const secret of secrets) expect(told).not.toContain(secret);
    const requests = nmi.lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ correlationId }) => correlationId !== undefined);
    expect(requests.length).toBeGreaterThanOrEqual(7);
    for (const line of requests)
      expect(line).toMatchObject({ outcome: expect.any(String), ms: expect.any(Number) });
  });

  it('tells a denied pod why, once, however often it asks', async () => {
    const [, , nobody = ''] = await pods();
    const nmi = await node.nmi();
    await ready(nmi);
    for (let i = 0; i < 40; i++) await getRaw(token, { port: nmi.port, from: nobody });
    const told = await eventually(() => {
      const { items } = node.simulator.kubernetes.objects.list('events');
      const events = items as unknown as {
        reason: string;
        message: string;
        involvedObject: { name: string };
      }[];
      const about = events.filter(({ involvedObject }) => involvedObject.name === 'nobody');
      return about.length > 0 && about;
    });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      reason: 'TokenDenied',
      message: expect.stringContaining('aadpodidbinding'),
    });
    expect(nmi.lines.filter((line) => line.includes('"no-label"'))).toHaveLength(40);
  });
});

/** Opens a connection and holds it, and another, which is one too many. */
async function holdTwo(port: number, from: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < 2; i++) {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
  }
  return sockets;
}

describe('the bounds of nmi', () => {
  it('are flags with the defaults that docs/nmi.md names', () => {
    const rows = [...docs.matchAll(/^\| `--([\w-]+)` +\| `(\w+)` +\|/gm)];
    const written = (kind: string, value: number): string =>
      kind === 'duration' ? `${value / 1_000}s` : `${value}`;
    expect(Object.fromEntries(rows.map(([, name = '', value = '']) => [name, value]))).toEqual(
      Object.fromEntries(
        Object.entries(limitFlags).map(([name, flag]) => [name, written(flag.kind, flag.default)]),
      ),
    );
  });
});
