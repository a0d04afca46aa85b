import { describe, expect, it } from 'vitest';
import { Quarantine } from './quarantine.js';

describe('Quarantine', () => {
  it('holds for twice as long each time, up to a bound', () => {
    const quarantine = new Quarantine({ firstMs: 10, longestMs: 35 });
    expect([0, 1, 2, 3].map(() => quarantine.add('a', 0, true, 'bad'))).toEqual([10, 20, 35, 35]);
    expect(quarantine.holds('a', 34)).toBe(true);
    expect(quarantine.holds('a', 35)).toBe(false);
  });

  it('knows when the next one comes out', () => {
    const quarantine = new Quarantine({ firstMs: 10 });
    expect(quarantine.nextInMs(0)).toBeUndefined();
    quarantine.add('a', 0, true, 'bad');
    quarantine.add('b', 5, true, 'bad');
    expect([0, 9, 10, 15].map((now) => quarantine.nextInMs(now))).toEqual([10, 1, 5, undefined]);
  });

  it('is to be looked at again at once where the time of one came during the run that left it out', () => {
    const quarantine = new Quarantine({ firstMs: 10 });
    quarantine.add('a', 0, true, 'bad');
    expect(quarantine.holds('a', 9)).toBe(true);
    expect(quarantine.nextInMs(12)).toBe(0);
    // Nobody has asked for it since.
    expect(quarantine.nextInMs(12)).toBeUndefined();
  });

  it('begins anew after a release', () => {
    const quarantine = new Quarantine({ firstMs: 10 });
    quarantine.add('a', 0, true, 'bad');
    quarantine.add('a', 0, true, 'bad');
    quarantine.release('a');
    expect(quarantine.holds('a', 0)).toBe(false);
    expect(quarantine.add('a', 0, true, 'bad')).toBe(10);
  });

  it('remembers whether Azure named one, for as long as it has not worked', () => {
    const quarantine = new Quarantine();
    quarantine.add('a', 0, true, 'bad');
    quarantine.add('b', 0, false, 'bad');
    expect(['a', 'b', 'c'].map((identity) => quarantine.historyOf(identity))).toEqual([
      'named',
      'unnamed',
      'none',
    ]);
    quarantine.add('a', 0, false, 'bad');
    quarantine.release('b');
    expect(['a', 'b'].map((identity) => quarantine.historyOf(identity))).toEqual(['unnamed', 'none']);
  });

  it('remembers why, until a release, also of those that are tried again', () => {
    const quarantine = new Quarantine({ firstMs: 10 });
    quarantine.add('a', 0, true, 'bad');
    quarantine.add('a', 20, true, 'worse');
    expect([...quarantine.held()]).toEqual([{ identity: 'a', why: 'worse', until: 40 }]);
    quarantine.release('a');
    expect([...quarantine.held()]).toEqual([]);
  });

  it('forgets who is not wanted', () => {
    const quarantine = new Quarantine();
    quarantine.add('a', 0, true, 'bad');
    quarantine.add('b', 0, true, 'bad');
    quarantine.retain(new Set(['b']));
    expect(Array.from(quarantine.held(), ({ identity }) => identity)).toEqual(['b']);
  });
});
