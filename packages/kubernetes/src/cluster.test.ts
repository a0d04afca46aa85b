import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from './connection.js';
import { EventRecorder } from './event-recorder.js';
import { LeaderElector, type LeaderState } from './leader-election.js';
import type { ListWatchState } from './list-watch-state.js';
import { ListWatch } from './list-watch.js';
import { loadConnection } from './load-connection.js';
import { ResourceClient } from './resource-client.js';
import { Store } from './store.js';
import { readFrom } from './testing/kubeconfig-text.js';
import {
  configMaps,
  startLoopbackCluster,
  type ConfigMap,
  type LoopbackCluster,
} from './testing/loopback-cluster.js';
import { RealClock, until } from './testing/real-clock.js';
import { thing, things } from './testing/things.js';

describe('against an API server over TLS', () => {
  let cluster: LoopbackCluster;
  let connection: Connection;
  let client: ResourceClient<ConfigMap>;
  let stop: AbortController;
  let running: Promise<void>[];
  const clock = new RealClock();

  beforeEach(async () => {
    cluster = await startLoopbackCluster();
    const readFile = readFrom(new Map([['/config', cluster.kubeconfig]]));
    connection = await loadConnection({ kubeconfig: '/config', env: {}, clock, userAgent: 'test', readFile });
    client = new ResourceClient(connection, configMaps);
    stop = new AbortController();
    running = [];
  });

  afterEach(async () => {
    stop.abort();
    await Promise.all(running);
    await connection.close();
    await cluster[Symbol.asyncDispose]();
  });

  const put = async (name: string, value: string): Promise<ConfigMap> =>
    client.create({ metadata: { namespace: 'default', name }, data: { value } });

  interface Watching {
    readonly store: Store<ConfigMap>;
    readonly states: ListWatchState[];
    readonly listWatch: ListWatch<ConfigMap>;
  }

  async function watch(
    options: { readonly inactivityMs?: number; readonly pageSize?: number } = {},
  ): Promise<Watching> {
    const store = new Store<ConfigMap>({
      onListenerError: (error) => {
        throw error;
      },
    });
    const states: ListWatchState[] = [];
    const listWatch = new ListWatch({
      connection,
      resource: configMaps,
      namespace: 'default',
      store,
      clock,
      random: Math.random,
      onState: (state) => states.push(state),
      backoffMs: 20,
      maxBackoffMs: 100,
      ...options,
    });
    running.push(listWatch.run(stop.signal));
    await listWatch.synced;
    return { store, states, listWatch };
  }

  it('lists in pages and follows what happens', async () => {
    for (let i = 0; i < 25; i++) await put(`before-${i}`, 'x');
    const { store, listWatch } = await watch({ pageSize: 10 });
    expect(store.size).toBe(25);
    await put('after', 'new');
    await client.mergePatch({ namespace: 'default', name: 'before-0' }, { data: { value: 'changed' } });
    await client.delete({ namespace: 'default', name: 'before-1' });
    await until(
      'all three are seen',
      () => store.size === 25 && store.get('default/before-0')?.value === 'changed',
    );
    expect(store.get('default/after')).toEqual({ name: 'after', value: 'new' });
    expect(store.get('default/before-1')).toBeUndefined();
    expect(listWatch.contactAgeMs()).toBeLessThan(10_000);
  });

  it('misses nothing through cut connections, failing answers, and expired versions', async () => {
    const { store, states, listWatch } = await watch();
    const { faults, kubernetes } = cluster.simulator;
    for (let i = 0; i < 30; i++) {
      await put(`a-${i}`, 'x');
      if (i % 5 === 0) {
        const cut = [...cluster.relay.open];
        cluster.relay.cut();
        // A write is not repeated on a socket that is cut beneath it; the sockets are seen to be closed first. The
        // watch may have opened another by then.
        await until('the cut is seen', () => cut.every((socket) => !cluster.relay.open.has(socket)));
      }
      if (i % 5 === 1)
        faults.add({
          target: 'kubernetes',
          path: 'watch=true',
          action: { kind: 'status', status: 500 },
          times: 1,
        });
      if (i % 5 === 2) kubernetes.dropWatches(() => true, true);
      if (i % 5 === 3) {
        kubernetes.dropWatches();
        kubernetes.compact();
      }
      if (i > 3) await client.delete({ namespace: 'default', name: `a-${i - 4}` });
      await until(`change ${i} is seen`, () => store.get(`default/a-${i}`) !== undefined);
    }
    await until('only the last four are left', () => store.size === 4);
    expect(states.filter(({ kind }) => kind === 'listing').length).toBeGreaterThan(1);
    expect(listWatch.state.kind).not.toBe('stopped');
  });

  it('notices a connection on which nothing gets through any more', async () => {
    const { store, states } = await watch({ inactivityMs: 400 });
    await until('the watch is open', () => states.at(-1)?.kind === 'watching');
    cluster.relay.freeze();
    cluster.simulator.kubernetes.objects.create('configmaps', {
      metadata: { namespace: 'default', name: 'unseen' },
      data: { value: 'x' },
    });
    await until('it came through another connection', () => store.get('default/unseen') !== undefined);
    expect(states.find(({ kind }) => kind === 'retrying')).toMatchObject({
      operation: 'watch',
      error: { code: 'timeout' },
    });
  });

  it('stays synced with the server away, and goes on when it is back', async () => {
    const { store, states } = await watch();
    const { target } = cluster.relay;
    cluster.relay.target = 1;
    cluster.relay.cut();
    await until(
      'three attempts have failed',
      () => states.filter(({ kind }) => kind === 'retrying').length > 3,
    );
    cluster.relay.target = target;
    await put('later', 'x');
    await until('the change is seen', () => store.get('default/later') !== undefined);
  });

  it('gets conflicts, absences and preconditions told apart', async () => {
    const name = { namespace: 'default', name: 'a' };
    await put('a', '1');
    await expect(put('a', '2')).rejects.toMatchObject({ code: 'already-exists' });
    const stale = { metadata: { ...name, resourceVersion: '1' }, data: { value: '3' } };
    await expect(client.replace(stale)).rejects.toMatchObject({ code: 'conflict', status: 409 });
    await expect(client.mergePatch(name, { metadata: { resourceVersion: '1' } })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(client.delete(name, { preconditions: { uid: 'another' } })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await client.jsonPatch(name, [{ op: 'replace', path: '/data/value', value: '4' }])).toMatchObject({
      value: '4',
    });
    await client.delete(name);
    expect(await client.find(name)).toBeUndefined();
    await expect(client.mergePatch(name, {})).rejects.toMatchObject({ code: 'not-found' });
    const missing = new ResourceClient(connection, things).create({
      ...(thing('x', 1) as { metadata: { name: string } }),
    });
    await expect(missing).rejects.toMatchObject({ code: 'not-found' });
  });

  it('hands the lease from one to the other', async () => {
    const states: Record<'a' | 'b', LeaderState[]> = { a: [], b: [] };
    const stopA = new AbortController();
    const contend = (identity: 'a' | 'b', signal: AbortSignal): Promise<void> =>
      new LeaderElector({
        connection,
        clock,
        random: Math.random,
        namespace: 'default',
        identity,
        leaseDurationMs: 30_000,
        retryPeriodMs: 50,
        lead: (term) => new Promise((resolve) => term.leading.addEventListener('abort', () => resolve())),
        onWorkError: (error) => {
          throw error;
        },
        onState: (state) => states[identity].push(state),
      }).run(signal);
    const a = contend('a', stopA.signal);
    await until('a leads', () => states.a.at(-1)?.kind === 'leading');
    running.push(contend('b', stop.signal));
    await until('b waits', () => states.b.at(-1)?.kind === 'waiting');
    stopA.abort();
    await a;
    await until('b leads', () => states.b.at(-1)?.kind === 'leading');
    expect(states.b.map(({ kind }) => kind)).toEqual(['waiting', 'leading']);
  });

  it('records events that the server takes, and counts them', async () => {
    const dropped: unknown[] = [];
    const recorder = new EventRecorder({
      connection,
      clock,
      random: Math.random,
      component: 'test',
      onDropped: (drop) => dropped.push(drop),
    });
    const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a', uid: 'u' };
    recorder.record(object, 'Warning', 'binding apply error', 'no such identity');
    await recorder.flush(10_000);
    recorder.record(object, 'Warning', 'binding apply error', 'no such identity');
    recorder.record({ apiVersion: 'v1', kind: 'Node', name: 'n' }, 'Normal', 'r', 'm');
    await recorder.flush(10_000);
    expect(dropped).toEqual([]);
    const { items } = cluster.simulator.kubernetes.objects.list('events', {}) as unknown as {
      items: { count: number; reason: string }[];
    };
    expect(items.map(({ count, reason }) => [count, reason]).sort()).toEqual([
      [1, 'r'],
      [2, 'binding apply error'],
    ]);
  });
});
