import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.js';

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [5_400_000, '1h30m0s'],
    [250, '250ms'],
    [1_500, '1.5s'],
    [61_000, '1m1s'],
    [0.1, '100µs'],
    [1e-6, '1ns'],
    [-1_000, '-1s'],
    [3_600_000, '1h0m0s'],
  ])('writes %d ms as %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

  it('is read back by parseDuration', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBeCloseTo(milliseconds, 3);
      }),
    );
  });
});

describe('parseDuration', () => {
  it('refuses more than Go can count', () => {
    expect(parseDuration('2562047h')).toBeGreaterThan(0);
    expect(() => parseDuration('2562048h')).toThrow('invalid duration');
  });

  it('shows only the beginning of a long text, and reads it fast', () => {
    expect(() => parseDuration('1h'.repeat(1_000_000))).toThrow(/^invalid duration "(1h){20}\.\.\."$/);
  });
});
