import type { VirtualClock } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KubernetesRequest } from './connection.js';
import { KubernetesError } from './kubernetes-error.js';
import { describeListWatchState, type ListWatchState } from './list-watch-state.js';
import { ListWatch } from './list-watch.js';
import type { Undecodable } from './resource.js';
import { Store, type StoreChange } from './store.js';
import { failure, FakeConnection, FakeStream, type FakeAnswer } from './testing/fake-connection.js';
import { thing, thingList, things, type Thing } from './testing/things.js';
import { seededRandom, turn, virtualClock } from './testing/virtual.js';

const isWatch = (request: KubernetesRequest): boolean => request.query?.['watch'] === true;

describe('ListWatch', () => {
  let clock: VirtualClock;
  let connection: FakeConnection;
  let stop: AbortController;
  let store: Store<Thing, 'color'>;
  let changes: string[];
  let states: ListWatchState[];
  let undecodable: Undecodable[];
  let listWatch: ListWatch<Thing>;
  let running: Promise<void>;
  let onList: (request: KubernetesRequest) => FakeAnswer | Promise<FakeAnswer>;
  let onWatch: (request: KubernetesRequest) => FakeAnswer | Promise<FakeAnswer>;
  let stream: FakeStream;

  const lists = (): KubernetesRequest[] => connection.requests.filter((request) => !isWatch(request));
  const watches = (): KubernetesRequest[] => connection.requests.filter(isWatch);
  const stored = (): string[] => [...store.list()].map(({ name, color }) => `${name}:${color}`).sort();
  const retrying = (): Extract<ListWatchState, { kind: 'retrying' }>[] =>
    states.filter((state) => state.kind === 'retrying');

  beforeEach(() => {
    clock = virtualClock();
    stop = new AbortController();
    changes = [];
    states = [];
    undecodable = [];
    stream = new FakeStream();
    onList = () => ({ body: thingList(10, [thing('a', 5), thing('b', 7)]) });
    onWatch = () => ({ stream: (stream = new FakeStream()) });
    connection = new FakeConnection(clock, (request) =>
      isWatch(request) ? onWatch(request) : onList(request),
    );
    store = new Store<Thing, 'color'>({
      indexers: { color: (value) => value.color },
      onListenerError: (error) => {
        throw error;
      },
    });
    store.subscribe((change: StoreChange<Thing>) => changes.push(`${change.type} ${change.key}`));
    listWatch = new ListWatch({
      connection,
      resource: things,
      store,
      clock,
      random: seededRandom(1),
      onState: (state) => states.push(state),
      onUndecodable: (problem) => undecodable.push(problem),
    });
  });

  const start = async (): Promise<void> => {
    running = listWatch.run(stop.signal);
    await turn();
  };

  afterEach(async () => {
    stop.abort();
    await running;
    expect(listWatch.state.kind).toBe('stopped');
    expect(clock.pending).toBe(0);
  });

  it('lists in pages, then watches from the version of the list', async () => {
    onList = ({ query }) =>
      query?.['continue'] === undefined
        ? { body: thingList(10, [thing('a', 5)], 'more') }
        : { body: thingList(10, [thing('b', 7)]) };
    await start();
    await listWatch.synced;
    expect(stored()).toEqual(['a:red', 'b:red']);
    expect(lists().map(({ query }) => [query?.['limit'], query?.['continue']])).toEqual([
      [500, undefined],
      [500, 'more'],
    ]);
    const query = watches()[0]?.query;
    expect(query).toMatchObject({ resourceVersion: '10', allowWatchBookmarks: true });
    expect(query?.['timeoutSeconds']).toBeGreaterThanOrEqual(300);
    expect(query?.['timeoutSeconds']).toBeLessThan(600);
    expect(states.map(({ kind }) => kind)).toEqual(['listing', 'connecting', 'watching']);
  });

  it('follows events, keeps the projection only, and goes on from the last version after a normal end', async () => {
    await start();
    stream.push({ type: 'ADDED', object: thing('c', 11, 'blue') });
    stream.push({ type: 'MODIFIED', object: thing('a', 12, 'green') });
    stream.push({ type: 'DELETED', object: thing('b', 13) });
    stream.push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '20' } } });
    await turn();
    expect(stored()).toEqual(['a:green', 'c:blue']);
    expect(Object.keys(store.get('ns/a') ?? {})).toEqual(['name', 'color']);
    expect(store.byIndex('color', 'blue')).toEqual([{ name: 'c', color: 'blue' }]);
    await clock.advance(60_000);
    stream.end();
    await turn();
    expect(watches().map(({ query }) => query?.['resourceVersion'])).toEqual(['10', '20']);
    expect(retrying()).toEqual([]);
  });

  it.each([
    ['as an answer', (): FakeAnswer => failure(410, 'Expired')],
    [
      'as an event',
      (): FakeAnswer => {
        stream = new FakeStream();
        stream.push({
          type: 'ERROR',
          object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' },
        });
        return { stream };
      },
    ],
  ])('lists again and applies the differences when the version has expired, %s', async (_how, gone) => {
    onWatch = () => gone();
    await start();
    changes.length = 0;
    onList = () => ({
      body: thingList(30, [thing('b', 7), thing('c', 25), thing('a', 28, 'red', 'another')]),
    });
    onWatch = () => ({ stream: (stream = new FakeStream()) });
    await clock.advance(1_000);
    expect(changes).toEqual(['removed ns/a', 'added ns/c', 'added ns/a']);
    expect(watches().at(-1)?.query?.['resourceVersion']).toBe('30');
    expect(lists()).toHaveLength(2);
  });

  it('survives a storm of 410 without a busy loop', async () => {
    onWatch = () => failure(410, 'Expired');
    await start();
    await clock.advance(60_000);
    expect(lists().length).toBeLessThan(15);
    expect(lists().length).toBeGreaterThan(5);
  });

  it('asks for the list in one piece where it expires between two pages', async () => {
    onList = ({ query }) => {
      if (query?.['continue'] !== undefined) return failure(410, 'Expired');
      return query?.['limit'] === undefined
        ? { body: thingList(12, [thing('a', 5), thing('b', 7)]) }
        : { body: thingList(10, [thing('a', 5)], 'more') };
    };
    await start();
    expect(stored()).toEqual(['a:red', 'b:red']);
    expect(retrying()).toEqual([]);
  });

  it('does not loop busily where each watch is closed at once', async () => {
    onWatch = () => {
      const closed = new FakeStream();
      closed.end();
      return { stream: closed };
    };
    await start();
    await clock.advance(120_000);
    expect(watches().length).toBeLessThan(25);
    expect(lists()).toHaveLength(1);
    expect(Math.max(...retrying().map(({ retryInMs }) => retryInMs))).toBeLessThanOrEqual(10_000);
    expect(retrying()[0]?.error.message).toContain('the server ended the watch after 0.0 s');
  });

  it('reconnects where nothing is heard, not even a bookmark, and not while bookmarks come', async () => {
    await start();
    for (let minute = 0; minute < 5; minute++) {
      stream.push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(20 + minute) } } });
      await clock.advance(60_000);
    }
    expect(watches()).toHaveLength(1);
    await clock.advance(31_000);
    expect(watches()).toHaveLength(2);
    expect(watches()[1]?.query?.['resourceVersion']).toBe('24');
    expect(retrying()[0]?.error.code).toBe('timeout');
    expect(retrying()[0]?.error.message).toContain('not a word for 90 s');
  });

  it('reconnects from the last version after a line that is not JSON, and lists again if it comes back', async () => {
    await start();
    stream.push({ type: 'ADDED', object: thing('c', 11) });
    stream.push('{"type":"ADDED","object":{"metadata":{"na');
    await clock.advance(1_000);
    expect(watches().map(({ query }) => query?.['resourceVersion'])).toEqual(['10', '11']);
    onList = () => ({ body: thingList(40, [thing('d', 33)]) });
    for (let i = 0; i < 2; i++) {
      stream.push('garbage');
      await clock.advance(2_000);
    }
    expect(lists()).toHaveLength(2);
    expect(stored()).toEqual(['d:red']);
  });

  it('watches again after an ERROR event 500, from where it was', async () => {
    await start();
    stream.push({ type: 'ERROR', object: { kind: 'Status', code: 500, message: 'etcd is away' } });
    await clock.advance(500);
    expect(watches()).toHaveLength(2);
    expect(lists()).toHaveLength(1);
    expect(retrying()[0]?.error).toMatchObject({ code: 'internal', status: 500 });
  });

  it('does not list again because the server was away', async () => {
    await start();
    stream.end(new KubernetesError('network', 'ECONNRESET'));
    onWatch = () => {
      throw new KubernetesError('network', 'connect ECONNREFUSED');
    };
    await clock.advance(60_000);
    expect(retrying().length).toBeGreaterThan(5);
    onWatch = () => ({ stream: (stream = new FakeStream()) });
    await clock.advance(10_000);
    expect(listWatch.state.kind).toBe('watching');
    expect(lists()).toHaveLength(1);
  });

  it('lists again where watches are taken and break before they bring anything', async () => {
    onWatch = () => {
      stream = new FakeStream();
      stream.end(new KubernetesError('network', 'ECONNRESET'));
      return { stream };
    };
    await start();
    onList = () => ({ body: thingList(90, [thing('c', 80)]) });
    await clock.advance(10_000);
    expect(lists().length).toBeGreaterThan(1);
    expect(
      watches()
        .map(({ query }) => query?.['resourceVersion'])
        .slice(0, 4),
    ).toEqual(['10', '10', '10', '90']);
    expect(stored()).toEqual(['c:red']);
  });

  it('does not list again where each watch that breaks has brought something', async () => {
    let version = 20;
    onWatch = () => {
      stream = new FakeStream();
      stream.push({ type: 'ADDED', object: thing('c', ++version) });
      stream.end(new KubernetesError('network', 'ECONNRESET'));
      return { stream };
    };
    await start();
    await clock.advance(30_000);
    expect(watches().length).toBeGreaterThan(5);
    expect(lists()).toHaveLength(1);
  });

  it('waits as long as Retry-After says', async () => {
    onList = () => ({ ...failure(429, 'TooManyRequests'), headers: { 'retry-after': '40' } });
    await start();
    await clock.advance(39_000);
    expect(lists()).toHaveLength(1);
    await clock.advance(2_000);
    expect(lists()).toHaveLength(2);
  });

  it('refuses a list older than what it has seen, until it is clear that the cluster itself has gone back', async () => {
    await start();
    stream.push({ type: 'ADDED', object: thing('c', 50) });
    stream.push({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    onList = () => ({ body: thingList(10, [thing('a', 5)]) });
    await clock.advance(4_000);
    expect(lists().length).toBeGreaterThan(2);
    expect(retrying().at(-1)?.error.code).toBe('stale');
    expect(stored()).toEqual(['a:red', 'b:red', 'c:red']);
    await clock.advance(60_000);
    expect(stored()).toEqual(['a:red']);
    expect(listWatch.state.kind).toBe('watching');
    expect(watches().at(-1)?.query?.['resourceVersion']).toBe('10');
  });

  it('ignores an event older than the object it has', async () => {
    await start();
    stream.push({ type: 'MODIFIED', object: thing('a', 30, 'new') });
    stream.push({ type: 'MODIFIED', object: thing('a', 20, 'old') });
    stream.push({ type: 'DELETED', object: thing('b', 21, 'red', 'a former b') });
    await turn();
    expect(stored()).toEqual(['a:new', 'b:red']);
  });

  it('does not decode what the store holds already, as the answer to a write of this process', async () => {
    const decode = vi.spyOn(things, 'decode');
    await start();
    const decoded = decode.mock.calls.length;
    store.set({
      namespace: 'ns',
      name: 'a',
      uid: 'uid-a',
      resourceVersion: '12',
      value: { name: 'a', color: 'own' },
    });
    stream.push({ type: 'MODIFIED', object: thing('a', 11, 'before') });
    stream.push({ type: 'MODIFIED', object: thing('a', 12, 'own') });
    await turn();
    expect([decode.mock.calls.length, stored()]).toEqual([decoded, ['a:own', 'b:red']]);
    stream.push({ type: 'MODIFIED', object: thing('a', 13, 'new') });
    await turn();
    expect([decode.mock.calls.length, stored()]).toEqual([decoded + 1, ['a:new', 'b:red']]);
  });

  it('does not decode, and hold twice, what a further list brings in the same version', async () => {
    await start();
    const decode = vi.spyOn(things, 'decode');
    const decoded = decode.mock.calls.length;
    const before = store.get('ns/a');
    onList = () => ({
      body: thingList(30, [thing('a', 5), thing('b', 28, 'blue'), thing('c', 25, 'red', 'another')]),
    });
    const listed = listWatch.relist();
    await turn();
    await listed;
    expect(decode).toHaveBeenCalledTimes(decoded + 2);
    expect(store.get('ns/a')).toBe(before);
    expect(stored()).toEqual(['a:red', 'b:blue', 'c:red']);
    onList = () => ({ body: thingList(40, [thing('a', 5, 'green', 'another'), thing('b', 28, 'blue')]) });
    await Promise.all([listWatch.relist(), turn()]);
    expect(stored()).toEqual(['a:green', 'b:blue']);
  });

  it('reports what does not decode, takes its last good version away, and goes on', async () => {
    onList = () => ({ body: thingList(10, [thing('a', 5), thing('bad', 6, 7), { spec: { color: 'red' } }]) });
    await start();
    stream.push({ type: 'MODIFIED', object: thing('a', 12, null) });
    stream.push({ type: 'ADDED', object: thing('c', 13) });
    await turn();
    expect(stored()).toEqual(['c:red']);
    expect(
      undecodable.map(({ resource, object, problems }) => [resource, object?.name, problems[0]?.path]),
    ).toEqual([
      ['things.example.com', 'bad', 'spec.color'],
      ['things.example.com', undefined, ''],
      ['things.example.com', 'a', 'spec.color'],
    ]);
  });

  it('is told apart by age whether the server still speaks', async () => {
    expect(listWatch.contactAgeMs()).toBe(Infinity);
    await start();
    await clock.advance(20_000);
    expect(listWatch.contactAgeMs()).toBe(20_000);
    stream.push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '20' } } });
    await turn();
    expect(listWatch.contactAgeMs()).toBe(0);
  });

  it('survives a list that hangs', async () => {
    onList = () => new Promise(() => undefined);
    await start();
    expect(listWatch.hasSynced).toBe(false);
    onList = () => ({ body: thingList(10, []) });
    await clock.advance(61_000);
    expect(retrying()[0]?.error.code).toBe('timeout');
    expect(listWatch.hasSynced).toBe(true);
  });

  it('lists anew when asked to, from a silent watch, a list under way or a pause', async () => {
    await start();
    let done = 0;
    const relist = (): void => void listWatch.relist().then(() => done++);
    onList = () => ({ body: thingList(20, [thing('a', 15, 'green')]) });
    relist();
    await turn();
    expect([done, stored(), retrying().length]).toEqual([1, ['a:green'], 0]);
    onList = () => new Promise(() => undefined);
    relist();
    await turn();
    onList = () => failure(500, 'InternalError');
    relist();
    await turn();
    expect([done, listWatch.state.kind]).toEqual([1, 'retrying']);
    onList = () => ({ body: thingList(30, []) });
    relist();
    await turn();
    expect([done, stored(), lists().length]).toEqual([4, [], 5]);
    stream.push({ type: 'ADDED', object: thing('c', 31, 'blue') });
    await turn();
    expect(stored()).toEqual(['c:blue']);
  });

  it('stops during a backoff at once', async () => {
    onList = () => failure(500, 'InternalError');
    await start();
    expect(listWatch.state.kind).toBe('retrying');
    stop.abort();
    await running;
    expect(lists()).toHaveLength(1);
  });

  it('says what a person needs to know', async () => {
    onList = () => failure(404, 'NotFound', 'the server could not find the requested resource');
    await start();
    expect(describeListWatchState(things, listWatch.state)).toMatch(
      /^the CRD things\.example\.com is missing: apply deploy\/crds; retrying in 0\.\d s$/,
    );
    onList = () => {
      throw new KubernetesError('network', 'GET https://fake/x: connect ECONNREFUSED');
    };
    await clock.advance(500);
    expect(describeListWatchState(things, listWatch.state)).toMatch(
      /^cannot reach the API server to list things\.example\.com: .*ECONNREFUSED; retrying in 0\.\d s$/,
    );
    onList = () => failure(403, 'Forbidden', 'things is forbidden');
    await clock.advance(1_000);
    expect(describeListWatchState(things, listWatch.state)).toContain('check the ClusterRole');
  });
});
