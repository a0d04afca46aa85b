import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import type { Turn } from './fair-queue.js';
import { UpstreamLimiter } from './upstream-limiter.js';

/** Tasks that take `ms` of virtual time and note who began, and when. */
function setUp(
  options: {
    concurrency?: number;
    perSecond?: number;
    maxQueued?: number;
    maxQueuedPerParty?: number;
  } = {},
) {
  const clock = new VirtualClock();
  const limiter = new UpstreamLimiter({ clock, upstream: 'the metadata service', ...options });
  const begun: { readonly identity: string; readonly at: number }[] = [];
  let running = 0;
  let most = 0;
  const run = (identity: string, ms: number, pod = 'pod'): Promise<void> =>
    limiter.run(turnOf(identity, pod), async () => {
      begun.push({ identity, at: clock.monotonic() });
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => clock.after(ms, resolve));
      running--;
    });
  return { clock, limiter, begun, run, most: () => most };
}

function turnOf(party: string, member = 'pod'): Turn {
  return { party, member, ticket: '' };
}

describe('UpstreamLimiter', () => {
  it('runs at most 4 at once', async () => {
    const { clock, run, begun, most } = setUp();
    const all = Promise.all(Array.from({ length: 10 }, () => run('a', 100)));
    await clock.advance(1_000);
    await all;
    expect([begun.length, most()]).toEqual([10, 4]);
  });

  it('begins at most 15 within any second', async () => {
    const { clock, run, begun } = setUp();
    const all = Promise.all(Array.from({ length: 50 }, () => run('a', 1)));
    await clock.advance(5_000);
    await all;
    const times = begun.map(({ at }) => at);
    for (let i = 15; i < times.length; i++) expect(times[i]! - times[i - 15]!).toBeGreaterThanOrEqual(1_000);
    expect(times.at(-1)).toBeLessThanOrEqual(4_000);
  });

  it('takes the identities in turn', async () => {
    const { clock, run, begun } = setUp({ concurrency: 1 });
    const all = [...Array.from({ length: 5 }, () => run('greedy', 10)), run('modest', 10), run('other', 10)];
    await clock.advance(1_000);
    await Promise.all(all);
    expect(begun.slice(0, 4).map(({ identity }) => identity)).toEqual([
      'greedy',
      'greedy',
      'modest',
      'other',
    ]);
  });

  it('refuses the one identity of which too many wait', async () => {
    const { clock, run } = setUp({ concurrency: 1, maxQueuedPerParty: 1 });
    const greedy = [run('greedy', 1), run('greedy', 1)];
    await expect(run('greedy', 1)).rejects.toMatchObject({ failure: 'busy' });
    const modest = run('modest', 1);
    await clock.advance(10);
    await Promise.all([...greedy, modest]);
  });

  it('refuses the last of the pod with most, where too many of its identity wait, for a pod that has fewer', async () => {
    const { clock, run, begun } = setUp({ concurrency: 1, maxQueuedPerParty: 2 });
    const under = run('shared', 10, 'greedy');
    const queued = run('shared', 10, 'greedy');
    const last = run('shared', 10, 'greedy');
    const refused = expect(last).rejects.toMatchObject({ failure: 'busy', retryAfterMs: 2_000 });
    const modest = run('shared', 10, 'modest');
    await clock.advance(100);
    await Promise.all([under, queued, modest, refused]);
    expect(begun).toHaveLength(3);
  });

  it('refuses at once when too many wait, and goes on after a failing task', async () => {
    const { clock, limiter, run } = setUp({ concurrency: 1, maxQueued: 1 });
    const failing = limiter.run(turnOf('a'), () => Promise.reject(new Error('task')));
    const waiting = run('a', 1);
    await expect(run('b', 1)).rejects.toMatchObject({ failure: 'busy' });
    await expect(failing).rejects.toThrow('task');
    await clock.advance(1);
    await waiting;
    expect(limiter.queued).toBe(0);
  });
});
