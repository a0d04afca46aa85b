import { describe, expect, it } from 'vitest';
import { backoffDelay } from './backoff.js';

describe('backoffDelay', () => {
  const bounds = { baseMs: 100, maxMs: 5_000 };

  it('doubles up to its bound, however often it failed', () => {
    const delays = [1, 2, 3, 7, 5_000].map((failures) => backoffDelay(failures, bounds, () => 1));
    expect(delays).toEqual([100, 200, 400, 5_000, 5_000]);
  });

  it('takes a random half to whole of it', () => {
    expect(backoffDelay(1, bounds, () => 0)).toBe(50);
    expect(backoffDelay(1, bounds, () => 0.5)).toBe(75);
  });
});
