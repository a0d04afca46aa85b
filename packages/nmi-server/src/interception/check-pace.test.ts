import { describe, expect, it } from 'vitest';
import { CheckPace } from './check-pace.js';

describe('CheckPace', () => {
  it('lets a burst through, then one each so many milliseconds, and recovers', () => {
    const pace = new CheckPace({ burst: 3, eachMs: 500 });
    const take = (now: number): number => {
      const delay = pace.delay(now);
      if (delay === 0) pace.spend(now);
      return delay;
    };
    expect([take(0), take(0), take(0), take(0)]).toEqual([0, 0, 0, 500]);
    expect([take(200), take(500), take(500), take(900)]).toEqual([300, 0, 500, 100]);
    expect([take(10_000), take(10_000), take(10_000), take(10_000)]).toEqual([0, 0, 0, 500]);
  });
});
