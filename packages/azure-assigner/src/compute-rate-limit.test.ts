import { VirtualClock, type ComputeResource } from '@aad-pod-identity/core';
import { readResourceIdentities } from '@aad-pod-identity/matcher';
import { describe, expect, it } from 'vitest';
import type { Compute, ComputeOutcome } from './compute.js';
import { rateLimitedCompute, type ComputeRateLimitOptions } from './compute-rate-limit.js';

const vm: ComputeResource = { type: 'virtualMachines', subscriptionId: 's', resourceGroup: 'g', name: 'v' };
const running = new AbortController().signal;
const fine: ComputeOutcome = { ok: true, identities: readResourceIdentities({}) };
const throttled: ComputeOutcome = {
  ok: false,
  failure: { kind: 'throttled', retryAfterMs: 5000, message: 'm' },
};

function setUp(outcomes: ComputeOutcome[] = [], more: Partial<ComputeRateLimitOptions> = {}) {
  const clock = new VirtualClock();
  const calls: number[] = [];
  const answer = async (): Promise<ComputeOutcome> => {
    calls.push(clock.monotonic());
    return outcomes.shift() ?? fine;
  };
  const inner: Compute = { get: answer, patch: answer };
  const limits = { reads: { perMinute: 60, burst: 2 }, writes: { perMinute: 6, burst: 1 } };
  return { clock, calls, compute: rateLimitedCompute(inner, { clock, ...limits, ...more }) };
}

const inSubscription = (subscriptionId: string, name = 'v'): ComputeResource => ({
  ...vm,
  subscriptionId,
  name,
});
const patch = { type: 'None' } as const;

describe('rateLimitedCompute', () => {
  it('lets a burst through and then one after the other', async () => {
    const { clock, calls, compute } = setUp();
    const all = Promise.all([1, 2, 3, 4].map(() => compute.get(vm, running)));
    await clock.advance(5000);
    await all;
    expect(calls).toEqual([0, 0, 1000, 2000]);
  });

  it('counts each resource, and reads and writes, for itself', async () => {
    const { calls, compute } = setUp();
    await compute.patch(vm, { type: 'None' }, [], running);
    await compute.patch({ ...vm, name: 'other' }, { type: 'None' }, [], running);
    await compute.get(vm, running);
    expect(calls).toEqual([0, 0, 0]);
  });

  it('takes two spellings for one resource', async () => {
    const { clock, calls, compute } = setUp();
    const all = ['v', 'V'].map((name) => compute.patch({ ...vm, name }, { type: 'None' }, [], running));
    await clock.advance(60_000);
    await Promise.all(all);
    expect(calls).toEqual([0, 10_000]);
  });

  it('does not call while Azure asked to be left alone', async () => {
    const { clock, calls, compute } = setUp([throttled]);
    await compute.get(vm, running);
    await clock.advance(2000);
    expect(await compute.patch(vm, { type: 'None' }, [], running)).toMatchObject({
      ok: false,
      failure: { kind: 'throttled', retryAfterMs: 3000 },
    });
    expect(calls).toEqual([0]);
    await clock.advance(3000);
    expect(await compute.get(vm, running)).toEqual(fine);
  });

  it('gives up its turn when the signal aborts', async () => {
    const { calls, compute } = setUp();
    const stop = new AbortController();
    await compute.patch(vm, { type: 'None' }, [], stop.signal);
    const waiting = compute.patch(vm, { type: 'None' }, [], stop.signal);
    stop.abort();
    expect(await waiting).toMatchObject({ ok: false, failure: { kind: 'aborted' } });
    expect(calls).toHaveLength(1);
  });

  it('has a limit for the writes of a whole subscription, whatever its casing, and for each its own', async () => {
    const { clock, calls, compute } = setUp([], { subscriptionWrites: { perMinute: 60, burst: 2 } });
    const all = ['v1', 'v2', 'v3', 'v4'].map((name, n) =>
      compute.patch(inSubscription(n % 2 === 0 ? 'S' : 's', name), patch, [], running),
    );
    const other = compute.patch(inSubscription('other'), patch, [], running);
    await clock.advance(60_000);
    await Promise.all([...all, other]);
    expect(calls).toEqual([0, 0, 0, 1000, 2000]);
  });

  it('bears a burst and a minute of writes under what Azure bears for a subscription', async () => {
    const { clock, calls, compute } = setUp([], { writes: { perMinute: 4, burst: 12 } });
    const all = Array.from({ length: 2500 }, (_, n) =>
      compute.patch(inSubscription('s', `v${n}`), patch, [], AbortSignal.any([running])),
    );
    await clock.advance(60_000);
    expect(calls.filter((at) => at === 0)).toHaveLength(1350);
    expect(calls).toHaveLength(1350 + 450);
    await clock.advance(120_000);
    await Promise.all(all);
  });

  it('keeps away from a subscription that Azure throttles as a whole, and from no other', async () => {
    const wide = { kind: 'throttled', retryAfterMs: 5000, scope: 'subscription', message: 'm' } as const;
    const { clock, calls, compute } = setUp([{ ok: false, failure: wide }]);
    await compute.get(inSubscription('S', 'v1'), running);
    expect(await compute.get(inSubscription('s', 'v2'), running)).toMatchObject({
      ok: false,
      failure: { kind: 'throttled', retryAfterMs: 5000, unasked: true },
    });
    expect(await compute.get(inSubscription('other'), running)).toEqual(fine);
    await clock.advance(5000);
    expect(await compute.patch(inSubscription('s', 'v2'), patch, [], running)).toEqual(fine);
    expect(calls).toEqual([0, 0, 5000]);
  });

  it('lets those that were sent away come back one after the other', async () => {
    const wide = { kind: 'throttled', retryAfterMs: 5000, scope: 'subscription', message: 'm' } as const;
    const { clock, compute } = setUp([{ ok: false, failure: wide }]);
    await compute.get(inSubscription('s', 'v0'), running);
    const after: unknown[] = [];
    for (const name of ['v1', 'v2', 'v3']) {
      const outcome = await compute.get(inSubscription('s', name), running);
      after.push(outcome.ok ? undefined : outcome.failure);
    }
    expect(after).toMatchObject([5000, 5040, 5080].map((retryAfterMs) => ({ retryAfterMs })));
    await clock.advance(5000);
    expect(await compute.get(inSubscription('s', 'v3'), running)).toEqual(fine);
  });

  it('keeps away from a throttled subscription also where Azure does not say for how long', async () => {
    const wide = { kind: 'throttled', retryAfterMs: undefined, scope: 'subscription', message: 'm' } as const;
    const { compute } = setUp([{ ok: false, failure: wide }]);
    await compute.get(inSubscription('s', 'v1'), running);
    expect(await compute.get(inSubscription('s', 'v2'), running)).toMatchObject({
      failure: { retryAfterMs: 30_000 },
    });
  });

  it('honours Retry-After of a failing Azure too, and takes more than an hour for a mistake', async () => {
    const busy = { kind: 'transient', retryAfterMs: 1e12, message: 'HTTP 503' } as const;
    const { compute } = setUp([{ ok: false, failure: busy }]);
    await compute.get(vm, running);
    expect(await compute.get(vm, running)).toMatchObject({
      failure: { kind: 'throttled', retryAfterMs: 3_600_000, unasked: true },
    });
  });

  it('gives a turn for a PATCH that is then sent without waiting, and keeps it until it is used', async () => {
    const { clock, calls, compute } = setUp();
    expect(await compute.turn(vm, running)).toBeUndefined();
    await compute.patch(vm, patch, [], running);
    const second = compute.turn(vm, running);
    await clock.advance(10_000);
    expect(await second).toBeUndefined();
    expect(await compute.turn(vm, running)).toBeUndefined();
    await clock.advance(60_000);
    await compute.patch(vm, patch, [], running);
    expect(calls).toEqual([0, 70_000]);
  });

  it('does not add a turn that was kept to those that have come since', async () => {
    const { clock, calls, compute } = setUp([], { writes: { perMinute: 6, burst: 2 } });
    expect(await compute.turn(vm, running)).toBeUndefined();
    await clock.advance(60_000);
    await compute.patch(vm, patch, [], running);
    await compute.patch(vm, patch, [], running);
    const third = compute.patch(vm, patch, [], running);
    await clock.advance(20_000);
    await third;
    expect(calls).toEqual([60_000, 60_000, 70_000]);
  });

  it('counts the look at the resource with which an update ends', async () => {
    const { clock, calls, compute } = setUp();
    await compute.patch(vm, patch, [], running);
    const reads = Promise.all([compute.get(vm, running), compute.get(vm, running)]);
    await clock.advance(5000);
    await reads;
    expect(calls).toEqual([0, 0, 1000]);
  });

  it('gives no turn to what waited while Azure asked to be left alone', async () => {
    const { clock, calls, compute } = setUp([fine, throttled]);
    await compute.patch(vm, patch, [], running);
    const waiting = compute.patch(vm, patch, [], running);
    await clock.advance(9000);
    await compute.get(vm, running);
    await clock.advance(1000);
    expect(await waiting).toMatchObject({
      failure: { kind: 'throttled', retryAfterMs: 4000, unasked: true },
    });
    expect(calls).toEqual([0, 9000]);
  });
});
