import { describe, expect, it } from 'vitest';
import { heedLoad } from './grow-when-busy.js';

describe('heeding the load', () => {
  it('tells of a process that stays busy, each time, and once of the end of that', () => {
    let share = 0;
    const told: string[] = [];
    const tick = heedLoad({
      utilization: () => share,
      busy: () => told.push('busy'),
      rested: () => told.push('rested'),
    });
    const after = (...shares: readonly number[]): readonly string[] => {
      for (share of shares) tick();
      return told.splice(0);
    };
    expect(after(0.9, 0.1, 0.9, 0.1)).toEqual([]);
    expect(after(0.9, 0.6, 0.9)).toEqual(['busy', 'busy']);
    expect(after(0.4, 0)).toEqual(['rested']);
    expect(after(0.9, 0.9)).toEqual(['busy']);
  });
});
