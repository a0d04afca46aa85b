import { describe, expect, it } from 'vitest';
import { AdjustableClock } from './adjustable-clock.js';

describe('AdjustableClock', () => {
  it('lets time pass at once: timers that fall due fire, later ones wait', async () => {
    const clock = new AdjustableClock();
    const [wall, monotonic] = [clock.now(), clock.monotonic()];
    let late = false;
    clock.after(7_200_000, () => (late = true));
    const fired = new Promise<void>((resolve) => clock.after(3_600_000, resolve));
    clock.advance(3_600_000);
    await fired;
    expect(late).toBe(false);
    expect(clock.now() - wall).toBeGreaterThanOrEqual(3_600_000);
    expect(clock.monotonic() - monotonic).toBeGreaterThanOrEqual(3_600_000);
    clock.stop();
  });

  it('can jump on the wall alone, back too', () => {
    const clock = new AdjustableClock();
    const monotonic = clock.monotonic();
    clock.jump(-60_000);
    expect(clock.offset).toBe(-60_000);
    expect(clock.now()).toBeLessThan(Date.now() - 59_000);
    expect(clock.monotonic() - monotonic).toBeLessThan(10_000);
  });

  it('fires nothing that was cancelled, or after it was stopped', async () => {
    const clock = new AdjustableClock();
    const fired: string[] = [];
    const cancel = clock.after(0, () => fired.push('cancelled'));
    cancel();
    cancel();
    clock.after(0, () => fired.push('stopped'));
    clock.stop();
    await new Promise<void>((resolve) => clock.after(5, resolve));
    expect(fired).toEqual([]);
  });

  it('refuses to go back', () => {
    expect(() => new AdjustableClock().advance(-1)).toThrow(TypeError);
  });
});
