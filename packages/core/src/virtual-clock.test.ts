import { describe, expect, it } from 'vitest';
import { sleep, within } from './clock.js';
import { VirtualClock } from './virtual-clock.js';

describe('VirtualClock', () => {
  it('fires timers in order of due time, then of creation', async () => {
    const clock = new VirtualClock(1_000);
    const fired: string[] = [];
    clock.after(20, () => fired.push('late'));
    clock.after(10, () => fired.push('first'));
    clock.after(10, () => fired.push('second'));
    await clock.advance(15);
    expect(fired).toEqual(['first', 'second']);
    expect(clock.now()).toBe(1_015);
    expect(clock.untilNext()).toBe(5);
  });

  it('fires a timer that a timer set within the same advance', async () => {
    const clock = new VirtualClock();
    const at: number[] = [];
    clock.after(5, () => clock.after(5, () => at.push(clock.monotonic())));
    await clock.advance(10);
    expect(at).toEqual([10]);
  });

  it('lets the wall clock jump without firing anything', async () => {
    const clock = new VirtualClock(0);
    let fired = false;
    clock.after(1, () => (fired = true));
    clock.jump(60_000);
    expect([clock.now(), clock.monotonic(), fired]).toEqual([60_000, 0, false]);
  });
});

describe('sleep', () => {
  it('resolves when its time has come', async () => {
    const clock = new VirtualClock();
    let done = false;
    void sleep(clock, 100).then(() => (done = true));
    await clock.advance(99);
    expect(done).toBe(false);
    await clock.advance(1);
    expect(done).toBe(true);
  });

  it('rejects with the reason of its signal and leaves no timer', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 100, controller.signal);
    const reason = new Error('stopping');
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });

  it('rejects at once where the signal is aborted already', async () => {
    const clock = new VirtualClock();
    await expect(sleep(clock, 100, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(clock.pending).toBe(0);
  });
});

describe('within', () => {
  it('tells that the work ended in time, and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    expect(await within(clock, 100, Promise.resolve())).toBe(true);
    expect(clock.untilNext()).toBeUndefined();
  });

  it('tells that time ran out, or that the signal aborted first', async () => {
    const clock = new VirtualClock();
    const never = new Promise(() => undefined);
    const late = within(clock, 100, never);
    await clock.advance(100);
    expect(await late).toBe(false);
    const stop = new AbortController();
    const stopped = within(clock, 100, never, stop.signal);
    stop.abort();
    expect(await stopped).toBe(false);
    expect(await within(clock, 100, never, stop.signal)).toBe(false);
    expect(clock.untilNext()).toBeUndefined();
  });

  it('rejects with what the work rejects with', async () => {
    const clock = new VirtualClock();
    await expect(within(clock, 100, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(clock.untilNext()).toBeUndefined();
  });
});
