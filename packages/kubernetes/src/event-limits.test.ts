import { describe, expect, it } from 'vitest';
import { EventLimits } from './event-limits.js';
import { virtualClock } from './testing/virtual.js';

function setUp(mostObjects = 100) {
  const clock = virtualClock();
  const limits = new EventLimits(clock, mostObjects);
  const admit = (object: string, message = 'm'): string | undefined =>
    limits.admit(object, 'Warning', 'r', message)?.message;
  return { clock, limits, admit };
}

describe('EventLimits', () => {
  it('remember so many objects and no more, the ones that were told of last', () => {
    const { limits, admit } = setUp(3);
    for (let i = 0; i < 25; i++) admit('kept');
    expect(admit('kept')).toBeUndefined();
    for (let i = 0; i < 50; i++) {
      admit(`pod-${i}`);
      expect(admit('kept')).toBeUndefined();
    }
    expect(limits.size).toBe(3);
  });

  it('forget an object whose events are so long ago that they count for nothing', async () => {
    const { clock, limits, admit } = setUp();
    for (let i = 0; i < 40; i++) admit(`gone-${i}`);
    await clock.advance(599_999);
    admit('other');
    expect(limits.size).toBe(41);
    await clock.advance(1);
    admit('other');
    expect(limits.size).toBe(1);
  });

  it('forget none whose budget is not full again, so that nothing is to be had by waiting', async () => {
    const { clock, limits, admit } = setUp();
    for (let i = 0; i < 25; i++) admit('hammered');
    await clock.advance(600_000);
    admit('other');
    expect(limits.size).toBe(2);
    expect([admit('hammered'), admit('hammered'), admit('hammered')]).toEqual(['m', 'm', undefined]);
  });

  it('keep a digest of a message, whatever its length', () => {
    const { limits } = setUp();
    const keys = ['a', 'b'].map(
      (end) => limits.admit('pod', 'Warning', 'r', `${'long '.repeat(200)}${end}`)?.key ?? '',
    );
    expect(keys[0]).not.toBe(keys[1]);
    expect(keys.map(({ length }) => length)).toEqual([20, 20]);
  });
});
