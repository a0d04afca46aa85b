import { sleep, type VirtualClock } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fencedConnection } from './fenced-connection.js';
import { KubernetesError } from './kubernetes-error.js';
import { LeaderElector, type LeaderElectorOptions, type LeaderState } from './leader-election.js';
import type { LeaderTerm } from './leader-term.js';
import { failure, FakeConnection } from './testing/fake-connection.js';
import { ObjectServer, type StoredJson } from './testing/object-server.js';
import { seededRandom, turn, virtualClock } from './testing/virtual.js';

const leasePath = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/aad-pod-identity-mic';
const endpointsPath = '/api/v1/namespaces/kube-system/endpoints/aad-pod-identity-mic';

interface Candidate {
  readonly states: LeaderState[];
  readonly terms: LeaderTerm[];
  readonly errors: unknown[];
  readonly connection: FakeConnection;
  readonly elector: LeaderElector;
  readonly stop: () => Promise<void>;
  kind(): string;
}

describe('LeaderElector', () => {
  let clock: VirtualClock;
  let server: ObjectServer;
  let candidates: Candidate[];

  beforeEach(() => {
    clock = virtualClock();
    server = new ObjectServer();
    candidates = [];
  });

  afterEach(async () => {
    await Promise.all(candidates.map(({ stop }) => stop()));
    expect(clock.pending).toBe(0);
  });

  function candidate(identity: string, options: Partial<LeaderElectorOptions> = {}): Candidate {
    const stopping = new AbortController();
    const states: LeaderState[] = [];
    const terms: LeaderTerm[] = [];
    const errors: unknown[] = [];
    const connection = new FakeConnection(clock, server.handle);
    const elector = new LeaderElector({
      connection,
      clock,
      random: seededRandom(identity.length),
      namespace: 'kube-system',
      identity,
      lead: async (term) => {
        terms.push(term);
        await aborted(term.leading);
      },
      onWorkError: (error) => errors.push(error),
      onState: (state) => states.push(state),
      ...options,
    });
    const running = elector.run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await running;
    };
    const made = { states, terms, errors, connection, elector, stop, kind: () => elector.state.kind };
    candidates.push(made);
    return made;
  }

  const lease = (): StoredJson['lease'] => server.objects.get(leasePath);

  it('creates the lease, leads, and renews it', async () => {
    const a = candidate('a');
    await clock.advance(0);
    expect(a.kind()).toBe('leading');
    expect(lease().spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    await clock.advance(60_000);
    expect(lease().spec.renewTime > '2026-01-01T00:00:57').toBe(true);
    expect(lease().spec.acquireTime).toBe('2026-01-01T00:00:00.000000Z');
    expect(a.terms).toHaveLength(1);
    expect(a.terms[0]?.validUntil()).toBeGreaterThan(clock.monotonic());
    a.terms[0]?.assertLeading();
  });

  it('waits for another holder, and takes over once its record has not changed for the lease duration', async () => {
    const a = candidate('a');
    await clock.advance(0);
    const b = candidate('b');
    await clock.advance(60_000);
    expect(b.states).toEqual([{ kind: 'waiting', holder: 'a' }]);
    a.connection.handler = () => new Promise(() => undefined);
    await clock.advance(10_000);
    expect(a.terms[0]?.leading.aborted).toBe(true);
    expect(b.kind()).toBe('waiting');
    await clock.advance(5_000);
    expect(b.kind()).toBe('leading');
    expect(lease().spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('takes over one lease duration after the last renewal, and not later', async () => {
    for (const killedAfter of [60_000, 60_500, 61_000, 61_900]) {
      const a = candidate('a');
      await clock.advance(0);
      const b = candidate('b');
      await clock.advance(killedAfter);
      const renewed = Date.parse(lease().spec.renewTime);
      a.connection.handler = () => new Promise(() => undefined);
      while (b.kind() !== 'leading') await clock.advance(10);
      const tookMs = clock.now() - renewed;
      expect(tookMs).toBeGreaterThanOrEqual(15_000);
      expect(tookMs).toBeLessThanOrEqual(15_010);
      await Promise.all([a.stop(), b.stop()]);
    }
  });

  it('takes over at once what is given away', async () => {
    const a = candidate('a');
    await clock.advance(0);
    const b = candidate('b');
    await clock.advance(7_000);
    await a.stop();
    await clock.advance(0);
    expect(b.kind()).toBe('leading');
  });

  it('leaves a lease that was deleted to its holder, who makes it anew', async () => {
    const a = candidate('a');
    await clock.advance(0);
    const b = candidate('b');
    await clock.advance(60_000);
    server.remove(leasePath);
    await clock.advance(10);
    expect([a.kind(), b.kind(), server.objects.has(leasePath)]).toEqual(['leading', 'waiting', false]);
    await clock.advance(60_000);
    expect([a.terms.length, b.terms.length, lease().spec.holderIdentity]).toEqual([1, 0, 'a']);
  });

  it('takes a lease that was deleted once its holder can lead no more', async () => {
    const a = candidate('a');
    await clock.advance(0);
    const b = candidate('b');
    await clock.advance(60_500);
    const renewed = Date.parse(lease().spec.renewTime);
    a.connection.handler = () => new Promise(() => undefined);
    server.remove(leasePath);
    while (b.kind() !== 'leading') {
      await clock.advance(10);
      if (a.terms[0]?.leading.aborted === false) expect(b.kind()).toBe('waiting');
    }
    expect(clock.now() - renewed).toBeLessThanOrEqual(15_010);
    expect(a.terms[0]?.leading.aborted).toBe(true);
  });

  it('looks once in a retry period where it may not watch the lease, and says so', async () => {
    const a = candidate('a');
    await clock.advance(0);
    const refused: string[] = [];
    const b = candidate('b', { onWatchError: ({ code }) => refused.push(code) });
    b.connection.handler = (request) =>
      request.query?.['watch'] === true ? failure(403, 'Forbidden') : server.handle(request);
    await clock.advance(60_000);
    expect(b.states).toEqual([{ kind: 'waiting', holder: 'a' }]);
    expect(new Set(refused)).toEqual(new Set(['forbidden']));
    const looks = b.connection.requests.filter(({ query }) => query?.['watch'] === undefined).length;
    expect(looks).toBeLessThan(2 * 35);
    a.connection.handler = () => new Promise(() => undefined);
    await clock.advance(18_000);
    expect(b.kind()).toBe('leading');
  });

  it('does not take a lease whose renewals the watch has not told of', async () => {
    const a = candidate('a');
    await clock.advance(0);
    const b = candidate('b');
    await clock.advance(0);
    server.watches.clear();
    await clock.advance(14_000);
    server.watches.clear();
    await clock.advance(40_000);
    expect([a.kind(), b.kind(), a.terms.length]).toEqual(['leading', 'waiting', 1]);
  });

  it('watches again where the server ends the watch', async () => {
    candidate('a');
    await clock.advance(0);
    const b = candidate('b');
    for (let ended = 0; ended < 20; ended++) {
      await clock.advance(3_000);
      for (const stream of server.watches.get(leasePath) ?? []) stream.end();
    }
    expect(b.states).toEqual([{ kind: 'waiting', holder: 'a' }]);
    expect(b.connection.requests.length).toBeLessThan(100);
  });

  it('never lets two lead at once, whatever the wall clocks say', async () => {
    const a = candidate('a');
    await clock.advance(0);
    const b = candidate('b');
    await clock.advance(3_000);
    clock.jump(-3_600_000);
    await clock.advance(30_000);
    clock.jump(7_200_000);
    await clock.advance(30_000);
    expect([a.kind(), b.kind()]).toEqual(['leading', 'waiting']);
    expect(a.terms).toHaveLength(1);
  });

  it('ends its term before the lease is over where it cannot renew, and contends again without an exit', async () => {
    const errors: KubernetesError[] = [];
    const a = candidate('a', { onRenewError: (error) => errors.push(error) });
    await clock.advance(0);
    const term = a.terms[0]!;
    a.connection.handler = () => {
      throw new KubernetesError('network', 'ECONNREFUSED');
    };
    await clock.advance(9_900);
    expect(term.leading.aborted).toBe(false);
    await clock.advance(200);
    expect(term.leading.aborted).toBe(true);
    expect(() => term.assertLeading()).toThrow('the lease could not be renewed in time');
    expect(errors.length).toBeGreaterThan(2);
    expect(a.states.map(({ kind }) => kind)).toContain('lost');
    await clock.advance(5_000);
    expect(a.kind()).toBe('retrying');
    a.connection.handler = server.handle;
    await clock.advance(5_000);
    expect(a.kind()).toBe('leading');
    expect(a.terms.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('gives a renewal that hangs up in time for another', async () => {
    const a = candidate('a');
    await clock.advance(0);
    let hung = 0;
    a.connection.handler = (request) =>
      request.method === 'PUT' && hung++ === 0 ? new Promise(() => undefined) : server.handle(request);
    await clock.advance(20_000);
    expect(hung).toBeGreaterThan(1);
    expect(a.terms).toHaveLength(1);
    expect(a.kind()).toBe('leading');
  });

  it('keeps leading where the answer to a renewal got lost after it took effect', async () => {
    const a = candidate('a');
    await clock.advance(0);
    let lost = 0;
    a.connection.handler = (request) => {
      const answer = server.handle(request);
      if (request.method === 'PUT' && lost++ < 2) throw new KubernetesError('network', 'ECONNRESET');
      return answer;
    };
    await clock.advance(20_000);
    expect(lost).toBeGreaterThan(2);
    expect([a.kind(), a.terms.length]).toEqual(['leading', 1]);
  });

  it('keeps leading, and what they wrote, where others touch the object but not the lease', async () => {
    const a = candidate('a');
    await clock.advance(3_000);
    server.put(leasePath, { ...lease(), metadata: { ...lease().metadata, labels: { by: 'a person' } } });
    await clock.advance(20_000);
    expect(a.terms).toHaveLength(1);
    expect(lease().metadata.labels).toEqual({ by: 'a person' });
    server.objects.delete(leasePath);
    await clock.advance(20_000);
    expect(a.terms).toHaveLength(1);
    expect(lease().spec.holderIdentity).toBe('a');
  });

  it('stops at once where the lease is stolen', async () => {
    const a = candidate('a');
    await clock.advance(3_000);
    server.put(leasePath, { ...lease(), spec: { ...lease().spec, holderIdentity: 'thief' } });
    await clock.advance(2_100);
    expect(a.terms[0]?.leading.aborted).toBe(true);
    expect(a.terms[0]?.leading.reason).toMatchObject({ code: 'not-leading' });
    expect(lease().spec.holderIdentity).toBe('thief');
    await clock.advance(3_000);
    expect(a.elector.state).toEqual({ kind: 'waiting', holder: 'thief' });
    await clock.advance(15_000);
    expect(a.kind()).toBe('leading');
  });

  it('lets only one of two instances with the same identity lead', async () => {
    const first = candidate('same');
    await clock.advance(3_000);
    const second = candidate('same');
    await clock.advance(5_000);
    expect([first.kind(), second.kind()]).toEqual(['waiting', 'leading']);
    await clock.advance(60_000);
    expect([first.terms.length, second.terms.length]).toEqual([1, 1]);
  });

  it('takes its own lease over without waiting after a restart', async () => {
    server.put(leasePath, {
      metadata: { name: 'aad-pod-identity-mic' },
      spec: { holderIdentity: 'a', renewTime: 'x', leaseDurationSeconds: 15, leaseTransitions: 3 },
    });
    const a = candidate('a');
    await clock.advance(0);
    expect(a.kind()).toBe('leading');
  });

  it('ends the work, then releases the lease on stop, so that the next need not wait', async () => {
    const order: string[] = [];
    const a = candidate('a', {
      lead: async (term) => {
        await aborted(term.leading);
        order.push(`ending, held by ${lease().spec.holderIdentity}`);
        await sleep(clock, 1_000);
        order.push(`ended, held by ${lease().spec.holderIdentity}`);
      },
    });
    await clock.advance(0);
    const b = candidate('b');
    await clock.advance(1_000);
    const stopped = a.stop();
    await clock.advance(1_000);
    await stopped;
    expect(order).toEqual(['ending, held by a', 'ended, held by a']);
    await clock.advance(0);
    expect(b.kind()).toBe('leading');
  });

  it('lets the work wind up on stop: it renews and may write until the work has ended', async () => {
    const a = candidate('a', {
      windUpMs: 30_000,
      lead: async (term) => {
        await aborted(term.stopping);
        await sleep(clock, 20_000);
        term.assertLeading();
      },
    });
    await clock.advance(0);
    const b = candidate('b');
    await clock.advance(1_000);
    const stopped = a.stop();
    await clock.advance(19_000);
    expect([lease().spec.holderIdentity, b.kind()]).toEqual(['a', 'waiting']);
    await clock.advance(1_000);
    await stopped;
    expect(a.errors).toEqual([]);
    expect(b.kind()).toBe('leading');
  });

  it('ends the term where the work does not wind up in time', async () => {
    const a = candidate('a', { windUpMs: 5_000 });
    await clock.advance(0);
    const stopped = a.stop();
    await clock.advance(4_900);
    expect(a.terms[0]?.leading.aborted).toBe(false);
    await clock.advance(100);
    await stopped;
    expect(a.terms[0]?.leading.reason).toMatchObject({ message: 'this instance is stopping' });
    expect(lease().spec.holderIdentity).toBe('');
  });

  it('gives the lease away also where a renewal was under way when it stopped', async () => {
    const a = candidate('a');
    await clock.advance(0);
    a.connection.handler = async (request) => {
      const answer = server.handle(request);
      if (request.method === 'PUT' && request.signal !== undefined) await new Promise(() => undefined);
      return answer;
    };
    await clock.advance(2_001);
    await a.stop();
    expect(lease().spec.holderIdentity).toBe('');
  });

  it('gives the lease away also where it was being taken when it stopped', async () => {
    const a = candidate('a');
    let answer: () => void = () => undefined;
    a.connection.handler = async (request) => {
      const stored = server.handle(request);
      if (request.method === 'POST') await new Promise<void>((resolve) => (answer = resolve));
      return stored;
    };
    await clock.advance(0);
    expect(lease().spec.holderIdentity).toBe('a');
    const stopped = a.stop();
    await clock.advance(100);
    answer();
    await stopped;
    expect(lease().spec.holderIdentity).toBe('');
  });

  it('releases the lease where the work fails, and tries again', async () => {
    let runs = 0;
    const a = candidate('a', {
      lead: async (term) => {
        if (runs++ === 0) throw new Error('bad start');
        await aborted(term.leading);
      },
    });
    await clock.advance(0);
    expect(a.errors).toEqual([new Error('bad start')]);
    expect(lease().spec.holderIdentity).toBe('');
    await clock.advance(5_000);
    expect([a.kind(), runs]).toEqual(['leading', 2]);
  });

  it('says that it may not use leases, and goes on trying', async () => {
    const a = candidate('a');
    a.connection.handler = () => failure(403, 'Forbidden', 'leases is forbidden');
    await clock.advance(5_000);
    expect(a.elector.state).toMatchObject({ kind: 'retrying', error: { code: 'forbidden' } });
  });

  describe('beside the original', () => {
    const holdEndpoints = (renewTime: string, holder = 'original'): void => {
      const record = {
        holderIdentity: holder,
        leaseDurationSeconds: 15,
        acquireTime: renewTime,
        renewTime,
        leaderTransitions: 0,
      };
      const annotations = { 'control-plane.alpha.kubernetes.io/leader': JSON.stringify(record) };
      server.put(endpointsPath, { metadata: { name: 'aad-pod-identity-mic', annotations } });
    };
    const renewing = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 2_000) {
        holdEndpoints(new Date(clock.now()).toISOString());
        await clock.advance(2_000);
      }
    };

    it('does not lead while it renews its Endpoints lock, says so once, and leads when it no longer does', async () => {
      holdEndpoints(new Date(clock.now()).toISOString());
      const a = candidate('a');
      await renewing(60_000);
      expect(a.states).toEqual([{ kind: 'blocked', holder: 'original' }]);
      expect(lease()).toBeUndefined();
      await clock.advance(16_000);
      expect(a.kind()).toBe('leading');
    });

    it('does not wait for a lock that is free, or was left behind long ago', async () => {
      holdEndpoints('2020-01-01T00:00:00Z');
      const a = candidate('a');
      await clock.advance(0);
      expect(a.kind()).toBe('leading');
      await a.stop();
      holdEndpoints(new Date(clock.now()).toISOString(), '');
      const b = candidate('b');
      await clock.advance(0);
      expect(b.kind()).toBe('leading');
    });

    it('steps down where it starts beside us', async () => {
      const a = candidate('a');
      await clock.advance(10_000);
      await renewing(6_000);
      expect(a.terms[0]?.leading.reason).toMatchObject({
        message: 'original holds the Endpoints lock of the original MIC',
      });
      expect(a.elector.state).toEqual({ kind: 'blocked', holder: 'original' });
    });

    it('takes a record that it cannot read for one that is held', async () => {
      const annotations = { 'control-plane.alpha.kubernetes.io/leader': 'not json' };
      server.put(endpointsPath, { metadata: { name: 'aad-pod-identity-mic', annotations } });
      const a = candidate('a');
      await clock.advance(14_000);
      expect(a.kind()).toBe('blocked');
      await clock.advance(4_000);
      expect(a.kind()).toBe('leading');
    });
  });

  describe('fencing', () => {
    it('refuses writes after the term has run out, even where nothing else could run, and lets reads pass', async () => {
      const a = candidate('a');
      await clock.advance(0);
      const connection = new FakeConnection(clock, server.handle);
      const fenced = fencedConnection(connection, a.terms[0]!);
      const write = { method: 'PATCH', path: leasePath, body: {} } as const;
      expect((await fenced.request(write)).status).toBe(200);
      a.connection.handler = () => new Promise(() => undefined);
      await clock.advance(10_001);
      await expect(fenced.request(write)).rejects.toMatchObject({ code: 'not-leading' });
      expect((await fenced.request({ method: 'GET', path: leasePath })).status).toBe(200);
      expect(connection.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
    });

    it('ends a write under way when the lease is lost', async () => {
      const a = candidate('a');
      await clock.advance(0);
      const connection = new FakeConnection(clock, () => new Promise(() => undefined));
      const writing = fencedConnection(connection, a.terms[0]!).request({ method: 'PUT', path: leasePath });
      const outcome = expect(writing).rejects.toMatchObject({ code: 'not-leading' });
      server.put(leasePath, { ...lease(), spec: { ...lease().spec, holderIdentity: 'thief' } });
      await clock.advance(3_000);
      await outcome;
    });

    it('gives the status of a failure whose body is no JSON', async () => {
      const a = candidate('a');
      await clock.advance(0);
      const broken = {
        server: 'x',
        request: async () => ({
          status: 502,
          headers: {},
          json: () => Promise.reject(new KubernetesError('bad-response', 'not JSON')),
          lines: () => [] as never,
        }),
        close: async () => undefined,
      };
      const response = await fencedConnection(broken, a.terms[0]!).request({ method: 'PUT', path: '/x' });
      expect([response.status, await response.json()]).toEqual([502, undefined]);
    });
  });

  it('refuses a renew deadline that is not shorter than the lease', () => {
    const connection = new FakeConnection(clock, server.handle);
    const options = { connection, clock, random: Math.random, namespace: 'x', identity: 'y' };
    const callbacks = { lead: turn, onWorkError: () => undefined };
    expect(
      () => new LeaderElector({ ...options, ...callbacks, leaseDurationMs: 1_000, renewDeadlineMs: 1_000 }),
    ).toThrow('the renew deadline must be shorter than the lease duration');
  });
});

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
}
