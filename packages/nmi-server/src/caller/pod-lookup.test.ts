import { VirtualClock } from '@aad-pod-identity/core';
import { KubernetesError, type Connection, type KubernetesRequest } from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import { podJson, testNode } from '../testing/cluster-objects.js';
import { canonicalAddress } from './address.js';
import { nodeAddresses } from './node-addresses.js';
import { apiPodLookup } from './pod-lookup.js';

/** An API server with some pods, whose answers can be held back. */
function setUp(...pods: object[]) {
  const requests: KubernetesRequest[] = [];
  const gate = { open: (): void => undefined, closed: undefined as Promise<void> | undefined, fail: false };
  const connection: Connection = {
    server: 'https://api.example',
    request: async (request) => {
      requests.push(request);
      await gate.closed;
      if (gate.fail) throw new KubernetesError('network', 'refused');
      const list = { kind: 'PodList', metadata: { resourceVersion: '1' }, items: pods };
      const body = request.path.endsWith('/pods') ? list : pods[0];
      return {
        status: body === undefined ? 404 : 200,
        headers: {},
        json: () => Promise.resolve(body ?? { kind: 'Status', code: 404, reason: 'NotFound' }),
        lines: () => {
          throw new Error('no watch here');
        },
      };
    },
    close: () => Promise.resolve(),
  };
  const clock = new VirtualClock();
  const errors: unknown[] = [];
  const lookup = apiPodLookup({ connection, clock, node: testNode, onError: (error) => errors.push(error) });
  const hold = (): void => {
    gate.closed = new Promise((resolve) => (gate.open = resolve));
  };
  return { lookup, requests, clock, errors, gate, hold };
}

describe('apiPodLookup', () => {
  it('asks for the pods of this node with the address, once for many at the same time', async () => {
    const { lookup, requests, gate, hold } = setUp(podJson({ name: 'app', ip: '10.1.0.7' }));
    hold();
    const asked = [lookup.byAddress('10.1.0.7'), lookup.byAddress('10.1.0.7')];
    gate.open();
    expect((await Promise.all(asked)).map(([pod]) => pod?.name)).toEqual(['app', 'app']);
    expect(requests.map(({ query }) => query?.['fieldSelector'])).toEqual([
      `spec.nodeName=${testNode},status.podIP=10.1.0.7`,
    ]);
  });

  it('believes only pods that really have the address', async () => {
    const { lookup } = setUp(podJson({ name: 'app', ip: '10.1.0.8' }));
    expect(await lookup.byAddress('10.1.0.7')).toEqual([]);
  });

  it('remembers for a moment that there is nobody', async () => {
    const { lookup, requests, clock } = setUp();
    await lookup.byAddress('10.1.0.7');
    await lookup.byAddress('10.1.0.7');
    expect(requests).toHaveLength(1);
    await clock.advance(2_000);
    await lookup.byAddress('10.1.0.7');
    expect(requests).toHaveLength(2);
  });

  it('asks few questions at once, however many unknown addresses come', async () => {
    const { lookup, requests, gate, hold } = setUp();
    hold();
    const asked = Array.from({ length: 100 }, (_, i) => lookup.byAddress(`10.1.1.${i}`));
    expect(await Promise.all(asked.slice(4))).toEqual(Array(96).fill([]));
    gate.open();
    await Promise.all(asked);
    expect(requests).toHaveLength(4);
  });

  it('takes a failure for nobody, tells it, and does not remember it', async () => {
    const { lookup, errors, gate, requests } = setUp(podJson({ name: 'app', ip: '10.1.0.7' }));
    gate.fail = true;
    expect(await lookup.byAddress('10.1.0.7')).toEqual([]);
    expect(errors).toHaveLength(1);
    gate.fail = false;
    expect(await lookup.byAddress('10.1.0.7')).toHaveLength(1);
    expect(requests).toHaveLength(2);
  });

  it('finds a pod by name, where it is on this node', async () => {
    const key = { namespace: 'team-a', name: 'app' };
    expect((await setUp(podJson({ name: 'app', ip: '10.1.0.7' })).lookup.byName(key))?.name).toBe('app');
    const elsewhere = { ...podJson({ name: 'app', ip: '10.1.0.7' }), spec: { nodeName: 'node-2' } };
    expect(await setUp(elsewhere).lookup.byName(key)).toBeUndefined();
    expect(await setUp().lookup.byName(key)).toBeUndefined();
  });
});

describe('apiPodLookup of all pods of the node', () => {
  it('reads what is in force, none of it from a cache of the API server', async () => {
    const { lookup, requests } = setUp(podJson({ name: 'app', ip: '10.1.0.7' }));
    expect((await lookup.ofNode())?.map(({ name }) => name)).toEqual(['app']);
    expect(requests[0]?.query).toMatchObject({ fieldSelector: `spec.nodeName=${testNode}` });
    expect(requests[0]?.query).not.toHaveProperty('resourceVersion');
  });

  it('begins after who asks, is one for all who ask meanwhile, and is made once a second at most', async () => {
    const { lookup, requests, clock, gate, hold } = setUp(podJson({ name: 'app', ip: '10.1.0.7' }));
    hold();
    const first = lookup.ofNode();
    await clock.advance(0);
    expect(requests).toHaveLength(1);
    // That one is under way: it may tell of a time before these ask.
    const later = [lookup.ofNode(), lookup.ofNode()];
    await clock.advance(5_000);
    expect(requests).toHaveLength(1);
    gate.open();
    await first;
    await clock.advance(0);
    expect((await Promise.all(later)).map((pods) => pods?.length)).toEqual([1, 1]);
    expect(requests).toHaveLength(2);
    const last = lookup.ofNode();
    await clock.advance(999);
    expect(requests).toHaveLength(2);
    await clock.advance(1);
    expect(await last).toHaveLength(1);
    expect(requests).toHaveLength(3);
  });

  it('says that the API server does not answer', async () => {
    const { lookup, gate, errors } = setUp(podJson({ name: 'app', ip: '10.1.0.7' }));
    gate.fail = true;
    expect(await lookup.ofNode()).toBeUndefined();
    expect(errors).toHaveLength(1);
  });
});

describe('nodeAddresses', () => {
  it('reads the interfaces again now and then', async () => {
    const clock = new VirtualClock();
    const entry = (address: string) => ({
      address,
      netmask: '',
      mac: '',
      internal: false,
      cidr: null,
      family: 'IPv4' as const,
    });
    let interfaces = {
      eth0: [entry('10.0.0.4'), { ...entry('fe80::1%eth0'), family: 'IPv6' as const, scopeid: 2 }],
    };
    const isOwn = nodeAddresses(clock, () => interfaces);
    expect([isOwn('10.0.0.4'), isOwn(canonicalAddress('FE80::1') ?? ''), isOwn('10.0.0.5')]).toEqual([
      true,
      true,
      false,
    ]);
    interfaces = { eth0: [entry('10.0.0.5')] };
    expect(isOwn('10.0.0.5')).toBe(false);
    await clock.advance(10_001);
    expect([isOwn('10.0.0.4'), isOwn('10.0.0.5')]).toEqual([false, true]);
  });
});
