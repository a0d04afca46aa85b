import { KubernetesError, type LeaderTerm } from '@aad-pod-identity/kubernetes';
import { readResourceIdentities } from '@aad-pod-identity/matcher';
import { describe, expect, it } from 'vitest';
import type { Compute } from './compute.js';
import { fencedCompute } from './fenced-compute.js';
import { vm } from './testing/objects.js';

function setUp() {
  const ending = new AbortController();
  const stopping = new AbortController();
  let valid = true;
  const term: LeaderTerm = {
    number: 1,
    leading: ending.signal,
    stopping: stopping.signal,
    validUntil: () => 0,
    assertLeading: () => {
      if (!valid) throw new KubernetesError('not-leading', 'the lease is lost');
    },
  };
  const calls: string[] = [];
  const signals: AbortSignal[] = [];
  const inner: Compute = {
    get: async (_resource, signal) => {
      calls.push('get');
      signals.push(signal);
      return { ok: true, identities: readResourceIdentities({}) };
    },
    patch: async (_resource, _patch, _attach, signal) => {
      calls.push('patch');
      signals.push(signal);
      return { ok: true, identities: readResourceIdentities({}) };
    },
  };
  const compute = fencedCompute(inner, term);
  return { compute, calls, signals, ending, stopping, lose: () => (valid = false) };
}

const running = new AbortController().signal;

describe('fencedCompute', () => {
  it('patches while the term lasts', async () => {
    const { compute, calls } = setUp();
    expect(await compute.patch(vm('v'), { type: 'None' }, [], running)).toMatchObject({ ok: true });
    expect(calls).toEqual(['patch']);
  });

  it('patches nothing once it has run out, even where nobody was told yet', async () => {
    const { compute, calls, lose } = setUp();
    lose();
    expect(await compute.patch(vm('v'), { type: 'None' }, [], running)).toEqual({
      ok: false,
      failure: { kind: 'aborted', message: 'the lease is lost' },
    });
    expect(calls).toEqual([]);
  });

  it('begins nothing once the instance is stopping, and lets a PATCH that is under way end', async () => {
    const { compute, calls, signals, stopping } = setUp();
    await compute.get(vm('v'), running);
    await compute.patch(vm('v'), { type: 'None' }, [], running);
    stopping.abort(new KubernetesError('not-leading', 'this instance is stopping'));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(await compute.patch(vm('v'), { type: 'None' }, [], running)).toEqual({
      ok: false,
      failure: { kind: 'aborted', message: 'this instance is stopping' },
    });
    expect(calls).toEqual(['get', 'patch']);
  });

  it('ends what is under way with the term', async () => {
    const { compute, signals, ending } = setUp();
    await compute.get(vm('v'), running);
    await compute.patch(vm('v'), { type: 'None' }, [], running);
    ending.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
