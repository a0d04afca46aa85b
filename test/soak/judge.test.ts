import { describe, expect, it } from 'vitest';
import type { Cluster, Policy } from '../authorization-model/model.js';
import { allowedAnswers, isRight, type RealAnswer } from './judge.js';
import { trendOf } from './memory-trend.js';

const policy: Policy = { managed: false, forceNamespaced: false, exceptionMatch: 'all' };
const pod: Cluster['pods'][number] = {
  ...{ namespace: 'a', name: 'web', uid: 'u1', labels: { aadpodidbinding: 'x' } },
  ...{ onNode: true, finished: false, hostNetwork: false, deleting: false, addresses: ['10.0.0.1'] },
};
const identity: Cluster['identities'][number] = {
  ...{ namespace: 'a', name: 'blue', uid: 'i1', type: 0, client: 'c1', resource: 'r1' },
  ...{ namespaced: false, secretNamespace: '', knownEndpoint: true },
};
const granted: Cluster = {
  pods: [pod],
  identities: [identity],
  bindings: [{ namespace: 'a', name: 'b', identity: 'blue', selector: 'x', weight: 0 }],
  exceptions: [],
  assigned: [
    {
      ...{ namespace: 'default', name: 'one', onNode: true, resource: 'r1', status: 'Assigned' },
      ...{ pod: { namespace: 'a', name: 'web' }, identity: { namespace: 'a', name: 'blue' } },
    },
  ],
};
const unbound: Cluster = { ...granted, bindings: [] };
const right = (real: RealAnswer, ...clusters: readonly Cluster[]): boolean =>
  isRight(real, allowedAnswers(clusters, policy, { from: '10.0.0.1' }) ?? new Set());
const tokenOf = (client: string): RealAnswer => ({ kind: 'token', client });
const refused = (reason: string): RealAnswer => ({ kind: 'refused', reason, status: 0 });

describe('the judge', () => {
  it('takes a token for right only while it may have been granted', () => {
    expect(right(tokenOf('c1'), granted)).toBe(true);
    expect(right(tokenOf('c2'), granted)).toBe(false);
    expect(right(tokenOf('c1'), granted, unbound)).toBe(true);
    expect(right(tokenOf('c1'), unbound)).toBe(false);
  });

  it('takes a denial for wrong where there was a grant all the time', () => {
    expect(right(refused('no-binding'), granted)).toBe(false);
    expect(right(refused('no-binding'), granted, unbound)).toBe(true);
    expect(right(refused('not-assigned'), granted)).toBe(false);
    expect(right(refused('not-assigned'), { ...granted, assigned: [] })).toBe(true);
  });

  it('allows for each watch to be behind by itself', () => {
    const moved = { ...unbound, identities: [{ ...identity, client: 'c2' }] };
    expect(right(tokenOf('c2'), granted, moved)).toBe(true);
  });

  it('never takes an internal error or a full house for right, nor a failure of IMDS where nothing was due', () => {
    expect(right(refused('internal-error'), granted)).toBe(false);
    expect(right(refused('too-many-waiters'), granted)).toBe(false);
    expect(right(refused('upstream-failed'), granted)).toBe(true);
    expect(right(refused('upstream-failed'), unbound)).toBe(false);
  });

  it('gives up where too much changed at once', () => {
    const clusters = Array.from({ length: 20 }, (_, i) => ({ ...granted, pods: [{ ...pod, uid: `u${i}` }] }));
    expect(allowedAnswers(clusters, policy, { from: '10.0.0.1' })).toBeUndefined();
  });
});

describe('the trend of memory', () => {
  it('is a slope and two medians, which one high sample does not move', () => {
    const samples = Array.from({ length: 60 }, (_, i) => ({ minutes: i, mebibytes: 50 + i / 60 }));
    expect(trendOf(samples).slopePerHour).toBeCloseTo(1);
    const trend = trendOf(samples.map((sample, i) => (i === 58 ? { ...sample, mebibytes: 500 } : sample)));
    expect([trend.first, trend.last, trend.highest]).toEqual([
      expect.closeTo(50.12, 1),
      expect.closeTo(50.87, 1),
      500,
    ]);
  });
});
