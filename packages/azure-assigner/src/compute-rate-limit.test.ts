import { VirtualClock, type ComputeResource } from '@aad-pod-identity/core';
import { readResourceIdentities } from '@aad-pod-identity/matcher';
import { describe, expect, it } from 'vitest';
import type { Compute, ComputeOutcome } from './compute.js';
import { rateLimitedCompute } from './compute-rate-limit.js';

const vm: ComputeResource = { type: 'virtualMachines', subscriptionId: 's', resourceGroup: 'g', name: 'v' };
const running = new AbortController().signal;
const fine: ComputeOutcome = { ok: true, identities: readResourceIdentities({}) };
const throttled: ComputeOutcome = {
  ok: false,
  failure: { kind: 'throttled', retryAfterMs: 5000, message: 'm' },
};

function setUp(outcomes: ComputeOutcome[] = []) {
  const clock = new VirtualClock();
  const calls: number[] = [];
  const answer = async (): Promise<ComputeOutcome> => {
    calls.push(clock.monotonic());
    return outcomes.shift() ?? fine;
  };
  const inner: Compute = { get: answer, patch: answer };
  const limits = { reads: { perMinute: 60, burst: 2 }, writes: { perMinute: 6, burst: 1 } };
  return { clock, calls, compute: rateLimitedCompute(inner, { clock, ...limits }) };
}

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
});
