import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { TokenBuckets } from './token-buckets.js';

const setUp = () => {
  const clock = new VirtualClock();
  return { clock, buckets: new TokenBuckets({ perMinute: 60, burst: 2 }, clock) };
};

describe('TokenBuckets', () => {
  it('promise turns in order, each key its own', () => {
    const { buckets } = setUp();
    expect(['a', 'a', 'a', 'b', 'a'].map((key) => buckets.take(key))).toEqual([0, 0, 1000, 0, 2000]);
  });

  it('fill up to the burst and no further', async () => {
    const { clock, buckets } = setUp();
    buckets.take('a');
    await clock.advance(3_600_000);
    expect(['a', 'a', 'a'].map((key) => buckets.take(key))).toEqual([0, 0, 1000]);
  });

  it('take back a turn that was not used', () => {
    const { buckets } = setUp();
    for (let n = 0; n < 3; n++) buckets.take('a');
    buckets.giveBack('a');
    expect(buckets.take('a')).toBe(1000);
  });

  it('do not grow with keys that come and go', async () => {
    const { clock, buckets } = setUp();
    for (let n = 0; n < 10_000; n++) {
      buckets.take(`k${n}`);
      await clock.advance(1);
    }
    expect(buckets.size).toBeLessThanOrEqual(4096);
  });
});
