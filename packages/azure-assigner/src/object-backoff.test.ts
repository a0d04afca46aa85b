import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { ObjectBackoff } from './object-backoff.js';

describe('an object whose write failed', () => {
  it('is due after a while that grows, until a write works', async () => {
    const clock = new VirtualClock();
    const backoff = new ObjectBackoff(clock);
    backoff.failed('a');
    expect([backoff.holds('a'), backoff.nextInMs()]).toEqual([true, 1_000]);
    await clock.advance(1_000);
    expect(backoff.holds('a')).toBe(false);
    backoff.failed('a');
    expect(backoff.nextInMs()).toBe(2_000);
    backoff.worked('a');
    expect(backoff.nextInMs()).toBeUndefined();
  });

  it('is due at once where it was left alone by a run during which its time came', async () => {
    const clock = new VirtualClock();
    const backoff = new ObjectBackoff(clock);
    backoff.failed('a');
    await clock.advance(990);
    expect(backoff.holds('a')).toBe(true);
    await clock.advance(20);
    expect(backoff.nextInMs()).toBe(0);
    // Nobody has asked for it since: it is not there any more.
    expect(backoff.nextInMs()).toBeUndefined();
  });
});
