import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { SilenceGuard } from './silence-guard.js';

/** Refuses a tenth timer: nothing here needs so many. */
class CountingClock extends VirtualClock {
  timers = 0;

  override after(ms: number, callback: () => void): () => void {
    if (++this.timers > 9) throw new Error('timers without end');
    return super.after(ms, callback);
  }
}

describe('SilenceGuard', () => {
  it('ends a silent watch after its time, whatever fractions of a millisecond the clock counts', async () => {
    for (let start = 0; start < 200; start++) {
      const clock = new CountingClock();
      await clock.advance(1000 + start / 7);
      const guard = new SilenceGuard(clock, 'watch', 90.1, new AbortController().signal);
      await clock.advance(0.1 + start / 13);
      guard.heard();
      const heardAt = clock.monotonic();
      while (!guard.signal.aborted) await clock.advance(clock.untilNext() ?? 0);
      expect(clock.monotonic() - heardAt).toBeCloseTo(90.1, 6);
    }
  });
});
