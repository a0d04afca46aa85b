import { describe, expect, it } from 'vitest';
import { ConcurrencyLimit } from './concurrency-limit.js';

describe('ConcurrencyLimit', () => {
  it('runs so many at once, in order, and goes on after a failure', async () => {
    const limit = new ConcurrencyLimit(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const run = (n: number, fails = false) =>
      limit.run(async () => {
        begun.push(n);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (fails) throw new Error('no');
      });
    const all = [run(0, true), run(1), run(2), run(3)];
    expect(begun).toEqual([0, 1]);
    ends[0]?.();
    await expect(all[0]).rejects.toThrow('no');
    expect(begun).toEqual([0, 1, 2]);
    ends[1]?.();
    ends[2]?.();
    await all[2];
    await Promise.resolve();
    expect(begun).toEqual([0, 1, 2, 3]);
    ends[3]?.();
    await all[3];
  });
});
