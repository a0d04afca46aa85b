import { describe, expect, it } from 'vitest';
import { createRandom } from './random.js';

describe('createRandom', () => {
  it('gives the same values for the same seed, number or string', () => {
    const draw = (seed: number | string): unknown[] => {
      const random = createRandom(seed);
      return [random.next(), random.uuid(), random.hex(4), random.fork('arm').uuid()];
    };
    expect(draw(7)).toEqual(draw('7'));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('makes version 4 UUIDs that differ', () => {
    const random = createRandom('uuids');
    const uuids = Array.from({ length: 1000 }, () => random.uuid());
    expect(new Set(uuids).size).toBe(1000);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('spreads numbers over [0, 1)', () => {
    const random = createRandom('spread');
    const buckets = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index++) {
      const value = random.next();
      expect(value >= 0 && value < 1).toBe(true);
      buckets[Math.floor(value * 10)]!++;
    }
    for (const count of buckets) expect(count).toBeGreaterThan(850);
  });

  it('forks sources that do not depend on what was drawn before', () => {
    const early = createRandom('world').fork('entra').uuid();
    const random = createRandom('world');
    random.uuid();
    expect(random.fork('entra').uuid()).toBe(early);
    expect(random.fork('arm').uuid()).not.toBe(early);
  });
});
