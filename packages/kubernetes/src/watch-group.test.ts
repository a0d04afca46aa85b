import { describe, expect, it } from 'vitest';
import { KubernetesError } from './kubernetes-error.js';
import { ListWatch } from './list-watch.js';
import type { ListWatchState } from './list-watch-state.js';
import { Store } from './store.js';
import { failure, FakeConnection, FakeStream } from './testing/fake-connection.js';
import { thing, thingList, things, type Thing } from './testing/things.js';
import { virtualClock } from './testing/virtual.js';
import { WatchGroup } from './watch-group.js';

describe('watches in a group', () => {
  it('are all back, listed anew, within seconds after the first has been answered, which is within ten', async () => {
    const clock = virtualClock();
    const stop = new AbortController();
    const group = new WatchGroup();
    let outage: 'none' | 'away' | 'starting' = 'none';
    let streams: FakeStream[] = [];
    const asked = new Map<string, number>();
    const connection = new FakeConnection(clock, ({ query }) => {
      if (outage === 'away') throw new KubernetesError('network', 'connect ECONNREFUSED');
      const watch = query?.['watch'] === true;
      const attempts = (asked.get(String(query?.['labelSelector'])) ?? 0) + 1;
      asked.set(String(query?.['labelSelector']), attempts);
      // As a kube-apiserver does that has just been started: it is not ready, and then it knows no version of before.
      if (outage === 'starting' && attempts === 1)
        return { ...failure(429, 'TooManyRequests'), headers: { 'retry-after': '1' } };
      if (outage === 'starting' && watch && query?.['resourceVersion'] === '10')
        return failure(410, 'Expired');
      if (!watch) return { body: thingList(outage === 'none' ? 10 : 20, [thing('a', 5)]) };
      const stream = new FakeStream();
      streams.push(stream);
      return { stream };
    });
    const states: ListWatchState[] = [];
    // The first has its next attempt soonest: each waits for another part of its delay.
    const listWatches = [0, 0.3, 0.6, 0.9].map((part, index) => {
      const listWatch = new ListWatch<Thing>({
        connection,
        resource: things,
        store: new Store<Thing>({ onListenerError: () => undefined }),
        clock,
        random: () => part,
        labelSelector: `watch=${index}`,
        onState: (state) => {
          states[index] = state;
          group.note(state);
        },
      });
      group.add(listWatch);
      return listWatch;
    });
    const running = listWatches.map((listWatch) => listWatch.run(stop.signal));
    await clock.advance(60_000);
    outage = 'away';
    for (const stream of streams) stream.end(new KubernetesError('network', 'aborted'));
    streams = [];
    asked.clear();
    await clock.advance(60_000);
    expect(states.map(({ kind }) => kind)).toEqual(['retrying', 'retrying', 'retrying', 'retrying']);
    outage = 'starting';
    let waited = 0;
    for (; asked.size === 0; waited += 100) await clock.advance(100);
    expect(waited).toBeLessThanOrEqual(10_000);
    await clock.advance(2_500);
    expect(states).toEqual(states.map(() => ({ kind: 'watching', resourceVersion: '20' })));
    stop.abort();
    await Promise.all(running);
  });
});
