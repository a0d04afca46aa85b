import { describe, expect, it } from 'vitest';
import { collectWhereItPays } from './collect-at-rest.js';

describe('collecting at rest', () => {
  const heap = { used: 20e6, busy: 0, grown: false, collections: 0 };
  const tick = collectWhereItPays({
    used: () => heap.used,
    utilization: () => heap.busy,
    grown: () => heap.grown,
    collect: () => {
      heap.collections++;
      heap.used = 10e6;
    },
  });
  const after = (used: number, busy: number): number => {
    Object.assign(heap, { used, busy });
    tick();
    return heap.collections;
  };

  it('happens where the process rests and holds more than is worth keeping, and not otherwise', () => {
    expect(after(20e6, 0.5)).toBe(0);
    expect(after(20e6, 0)).toBe(1);
    expect(after(11e6, 0)).toBe(1);
    expect(after(15e6, 0.5)).toBe(1);
    expect(after(15e6, 0)).toBe(2);
    heap.grown = true;
    expect(after(10e6, 0.5)).toBe(2);
    for (const collections of [3, 4, 5, 6, 7, 8, 8, 8]) expect(after(10e6, 0)).toBe(collections);
  });
});
