import { afterEach, describe, expect, it } from 'vitest';
import type { PodLookup } from './caller/pod-lookup.js';
import { assignedJson, grantedPod, podJson, upsert } from './testing/cluster-objects.js';
import { startFakeImds } from './testing/fake-imds.js';
import { getRaw } from './testing/raw-http.js';
import { serveNmi } from './testing/served-nmi.js';
import { eventually, SimulatedNode } from './testing/simulated-nmi.js';

const tokenPath = '/metadata/identity/oauth2/token?resource=';

describe('a whole node that starts at once', () => {
  const identities = Array.from({ length: 10 }, (_, index) => `identity-${index}`);
  const pods = Array.from({ length: 110 }, (_, index) => `web-${index}`);
  const resources = [
    'https://management.azure.com/',
    'https://vault.azure.net',
    'https://storage.azure.com/',
  ];
  let node: SimulatedNode | undefined;
  afterEach(() => node?.[Symbol.asyncDispose]());

  it('costs one call of IMDS for each identity and resource, within its real limits, and serves every pod', async () => {
    node = await SimulatedNode.start({ identities: identities.map((name) => ({ name })) }, identities);
    const { simulator } = node;
    for (const name of identities) node.bind('team-a', name);
    const nmi = await node.nmi();
    await eventually(async () => (await fetch(`http://127.0.0.1:${nmi.probes}/readyz`)).status === 200);

    const asked: Promise<readonly { readonly status: number }[]>[] = [];
    const told = new Set<string>();
    // Each asks as soon as it has an address, which is before NMI can have heard of it.
    const watch = simulator.kubernetes.objects.watch('pods', (event) => {
      const from =
        'object' in event ? (event.object as { status?: { podIP?: string } }).status?.podIP : undefined;
      if (from === undefined || from === '' || told.has(from)) return;
      told.add(from);
      asked.push(
        Promise.all(resources.map((resource) => getRaw(tokenPath + resource, { port: nmi.port, from }))),
      );
    });
    for (const [index, pod] of pods.entries()) {
      const identity = identities[index % identities.length] ?? '';
      node.pod('team-a', pod, identity);
      node.assign('team-a', pod, identity, 'Assigned');
    }
    await eventually(() => asked.length === pods.length);
    watch.stop();
    const statuses = (await Promise.all(asked)).flat().map(({ status }) => status);
    expect(statuses).toEqual(Array(pods.length * resources.length).fill(200));
    const calls = simulator.requests.list('imds').map(({ status }) => status);
    expect(calls).toEqual(Array(identities.length * resources.length).fill(200));
  }, 60_000);
});

describe('pods that share an identity', () => {
  it('have their turns at IMDS, however much one of them asks for, also for what that one asked first', async () => {
    await using imds = await startFakeImds();
    await using nmi = await serveNmi({ imdsPort: imds.port });
    const [greedy, modest, third] = ['127.1.0.10', '127.1.0.11', '127.1.0.12'];
    const { all, identity, binding } = grantedPod(greedy);
    nmi.apply(...all.map(upsert));
    for (const ip of [modest, third]) {
      const pod = podJson({ name: `pod-${ip}`, label: 'app', ip });
      nmi.apply(upsert(pod), upsert(assignedJson(pod, identity, binding, 'Assigned')));
    }
    const owed: (() => void)[] = [];
    imds.answer = (_, response) =>
      owed.push(() => response.end(JSON.stringify({ access_token: 't', expires_in: '3600' })));
    const asked: Promise<{ readonly status: number }>[] = [];
    const ask = async (from: string, resource: string): Promise<void> => {
      asked.push(getRaw(tokenPath + resource, { port: nmi.port, from }));
      await eventually(() => nmi.underWay() === asked.length);
    };
    for (let i = 0; i < 50; i++) await ask(greedy, `https://greedy-${i}`);
    await ask(modest, 'https://modest');
    await ask(third, 'https://greedy-40');
    await eventually(() => owed.length === 4);
    for (let answered = 0; answered < 51; answered++) {
      await eventually(() => owed.length > answered);
      owed[answered]?.();
    }
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(52).fill(200));
    const position = (resource: string): number =>
      imds.seen.findIndex(({ target }) => target.includes(encodeURIComponent(resource)));
    expect([position('https://modest'), position('https://greedy-40')]).toEqual([5, 6]);
    expect(imds.seen).toHaveLength(51);
  });
});

describe('a denial', () => {
  it('asks neither IMDS nor the API server', async () => {
    let lookUps = 0;
    const count =
      <T>(nothing: T) =>
      (): Promise<T> => {
        lookUps++;
        return Promise.resolve(nothing);
      };
    const lookup: PodLookup = { byAddress: count([]), byName: count(undefined), ofNode: count(undefined) };
    await using imds = await startFakeImds();
    await using nmi = await serveNmi({ imdsPort: imds.port, lookup });
    const [granted, unlabelled] = ['127.1.0.10', '127.1.0.11'];
    nmi.apply(...grantedPod(granted).all.map(upsert), upsert(podJson({ name: 'plain', ip: unlabelled })));
    const ask = async (from: string, more = ''): Promise<number> =>
      (await getRaw(`${tokenPath}https://vault.azure.net${more}`, { port: nmi.port, from })).status;
    expect(await ask(unlabelled)).toBe(403);
    expect(await ask(granted, '&client_id=00000000-0000-0000-0000-00000000dead')).toBe(403);
    expect(await ask('127.0.0.1')).toBe(403);
    expect([imds.seen.length, lookUps]).toEqual([0, 0]);
    expect(await ask(granted)).toBe(200);
    expect([imds.seen.length, lookUps]).toEqual([1, 0]);
  });
});
