import { describe, expect, it } from 'vitest';
import { growWhereItPays } from './grow-when-busy.js';

describe('growing the space for new objects', () => {
  const space = { busy: 0, room: 1e6, grown: 0 };
  const tick = growWhereItPays({
    utilization: () => space.busy,
    room: () => space.room,
    grow: () => {
      space.grown++;
      space.room = 4e6;
    },
  });
  const after = (busy: number): number => {
    space.busy = busy;
    tick();
    return space.grown;
  };

  it('happens where the process stays busy, once, and again when it was made small', () => {
    for (const share of [0.9, 0.9, 0.1, 0.9, 0.6]) expect(after(share)).toBe(0);
    expect(after(0.9)).toBe(1);
    expect(after(0.9)).toBe(1);
    space.room = 1e6;
    expect(after(0.9)).toBe(2);
  });
});
