import { VirtualClock } from '@aad-pod-identity/core';
import { expect, it } from 'vitest';
import { ObjectBackoff } from './object-backoff.js';

it('leaves an object alone for longer each time, until its write works', async () => {
  const clock = new VirtualClock();
  const backoff = new ObjectBackoff(clock);
  const pauses: (number | undefined)[] = [];
  for (let n = 0; n < 10; n++) {
    backoff.failed('a');
    pauses.push(backoff.nextInMs());
    expect([backoff.holds('a'), backoff.holds('b')]).toEqual([true, false]);
    await clock.advance(backoff.nextInMs() ?? 0);
    expect(backoff.holds('a')).toBe(false);
  }
  expect(pauses.map((ms) => (ms ?? 0) / 1000)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 180, 180]);
  backoff.worked('a');
  backoff.failed('a');
  expect(backoff.nextInMs()).toBe(1000);
});

it('forgets an object that nobody tries any more', async () => {
  const clock = new VirtualClock();
  const backoff = new ObjectBackoff(clock);
  for (let n = 0; n < 5; n++) backoff.failed('a');
  await clock.advance(3_600_000);
  expect(backoff.nextInMs()).toBeUndefined();
  backoff.failed('a');
  expect(backoff.nextInMs()).toBe(1000);
});
