import type { VirtualClock } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubernetesError } from './kubernetes-error.js';
import { turn, virtualClock } from './testing/virtual.js';
import { WorkQueue, type QueueDepth, type WorkQueueOptions, type WorkResult } from './work-queue.js';

describe('WorkQueue', () => {
  let clock: VirtualClock;
  let started: { readonly key: string; readonly at: number }[];
  let failures: unknown[];
  let depths: QueueDepth[];
  let queues: WorkQueue[];

  beforeEach(() => {
    clock = virtualClock();
    started = [];
    failures = [];
    depths = [];
    queues = [];
  });

  afterEach(async () => {
    await Promise.all(queues.map((queue) => queue.abort(new Error('end of test'))));
    expect(clock.pending).toBe(0);
    for (const queue of queues) expect(queue.depth).toEqual({ ready: 0, waiting: 0, running: 0 });
  });

  function create(
    work: (key: string, signal: AbortSignal) => Promise<WorkResult | void> = async () => undefined,
    options: Partial<WorkQueueOptions<string>> = {},
  ): WorkQueue {
    const queue = new WorkQueue({
      clock,
      random: () => 1,
      work: (key, signal) => {
        started.push({ key, at: clock.monotonic() });
        return work(key, signal);
      },
      onError: (failure) => failures.push(failure),
      onDepth: (depth) => depths.push(depth),
      ...options,
    });
    queues.push(queue);
    return queue;
  }

  const keys = (): string[] => started.map(({ key }) => key);
  const times = (): number[] => started.map(({ at }) => at);

  it('runs keys in the order they were added, each once', async () => {
    const queue = create();
    for (const key of ['c', 'a', 'b', 'a', 'c']) queue.add(key);
    expect(started).toEqual([]);
    await queue.idle();
    expect(keys()).toEqual(['c', 'a', 'b']);
    expect(depths.some(({ ready }) => ready === 3)).toBe(true);
  });

  it('runs as many at once as it may, and one of a key', async () => {
    let running = 0;
    let most = 0;
    const perKey = new Map<string, number>();
    const queue = create(
      async (key) => {
        most = Math.max(most, ++running);
        perKey.set(key, (perKey.get(key) ?? 0) + 1);
        expect(perKey.get(key)).toBe(1);
        await turn();
        perKey.set(key, 0);
        running--;
      },
      { concurrency: 3 },
    );
    for (let round = 0; round < 5; round++) {
      for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
      await turn();
    }
    await queue.idle();
    expect(most).toBe(3);
    expect(started.length).toBeGreaterThanOrEqual(10);
  });

  it('runs a key again that was added while it ran', async () => {
    let finish: () => void = () => undefined;
    const queue = create(() => new Promise((resolve) => (finish = resolve)));
    queue.add('a');
    await turn();
    queue.add('a');
    queue.add('a');
    finish();
    await turn();
    expect(keys()).toEqual(['a', 'a']);
    finish();
    await queue.idle();
    expect(keys()).toEqual(['a', 'a']);
  });

  it('collects changes for the window from the first, also while the key runs', async () => {
    const queue = create(async () => undefined, { windowMs: 100 });
    queue.add('a');
    await clock.advance(60);
    queue.add('a');
    await clock.advance(60);
    expect(times()).toEqual([100]);
    queue.add('a');
    await clock.advance(100);
    expect(times()).toEqual([100, 220]);
  });

  it('is idle only after its windows, but does not wait for delays', async () => {
    const queue = create(async () => undefined, { windowMs: 100 });
    queue.addAfter('later', 60_000);
    queue.add('now');
    let idle = false;
    void queue.idle().then(() => (idle = true));
    await clock.advance(99);
    expect(idle).toBe(false);
    await clock.advance(1);
    expect([idle, keys()]).toEqual([true, ['now']]);
  });

  it('runs at the earliest time that was asked for', async () => {
    const queue = create();
    queue.addAfter('a', 500);
    queue.addAfter('a', 200);
    queue.addAfter('a', 900);
    await clock.advance(1_000);
    expect(times()).toEqual([200]);
    queue.addAfter('b', 500);
    queue.add('b');
    await clock.advance(1_000);
    expect(times()).toEqual([200, 1_000]);
  });

  it('runs again when the work asks for it', async () => {
    let runs = 0;
    const queue = create(async () => (++runs < 3 ? { requeueAfterMs: 50 } : undefined));
    queue.add('a');
    await clock.advance(1_000);
    expect(times()).toEqual([0, 50, 100]);
  });

  it('backs off exponentially per key, whatever is added meanwhile, and starts over after a success', async () => {
    let fail = true;
    const queue = create(
      async (key) => {
        if (key === 'bad' && fail) throw new Error('no');
      },
      { backoffMs: 100, maxBackoffMs: 400 },
    );
    queue.add('bad');
    await clock.advance(50);
    queue.add('bad');
    queue.add('good');
    await clock.advance(1_250);
    expect(started.filter(({ key }) => key === 'bad').map(({ at }) => at)).toEqual([0, 100, 300, 700, 1_100]);
    expect(started.find(({ key }) => key === 'good')?.at).toBe(50);
    expect(failures[0]).toMatchObject({ key: 'bad', failures: 1, retryInMs: 100 });
    fail = false;
    await clock.advance(400);
    fail = true;
    queue.add('bad');
    await turn();
    expect(failures.at(-1)).toMatchObject({ failures: 1 });
  });

  it('waits as long as the error asks for', async () => {
    const queue = create(async () => {
      throw new KubernetesError('too-many-requests', 'slow down', { retryAfterMs: 30_000 });
    });
    queue.add('a');
    await clock.advance(60_000);
    expect(times()).toEqual([0, 30_000, 60_000]);
  });

  it('runs a key in its backoff at once after it was forgotten and added', async () => {
    const queue = create(
      async () => {
        throw new Error('no');
      },
      { backoffMs: 60_000 },
    );
    queue.add('a');
    await clock.advance(10);
    queue.forget('a');
    queue.add('a');
    await clock.advance(10);
    expect(times()).toEqual([0, 10]);
  });

  it('lets what runs end when drained, and starts nothing more', async () => {
    let finish: () => void = () => undefined;
    let signal: AbortSignal | undefined;
    const queue = create((_key, given) => {
      signal = given;
      return new Promise((resolve) => (finish = resolve));
    });
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    await turn();
    const drained = queue.drain();
    queue.add('d');
    queue.add('a');
    await clock.advance(1_000);
    expect(signal?.aborted).toBe(false);
    finish();
    await drained;
    await clock.advance(1_000);
    expect(keys()).toEqual(['a']);
  });

  it('reports what fails while draining, and not what was aborted', async () => {
    const queue = create(async (_key, signal) => {
      await turn();
      throw signal.aborted ? signal.reason : new Error('no');
    });
    queue.add('a');
    await Promise.resolve();
    await queue.drain();
    expect(failures).toEqual([{ key: 'a', error: new Error('no'), failures: 1, retryInMs: undefined }]);
    const aborting = create(
      (_key, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    );
    aborting.add('a');
    await turn();
    await aborting.abort(new Error('lease lost'));
    expect(failures).toHaveLength(1);
  });

  it('keeps nothing of keys that are done', async () => {
    const queue = create();
    for (let i = 0; i < 1_000; i++) queue.add(`key-${i}`);
    await queue.idle();
    expect(queue.depth).toEqual({ ready: 0, waiting: 0, running: 0 });
    expect(started).toHaveLength(1_000);
  });
});
