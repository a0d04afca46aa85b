import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.js';
import { isPodIdentityError } from './error.js';
import { vectorsOf } from '../../../test/vectors/vectors.js';

describe('vectors: duration', () => {
  for (const { name, input, expected } of vectorsOf<{ duration: string }, { ms?: number; error?: boolean }>(
    'duration',
  )) {
    it(`"${name}"`, () => {
      if (expected.ms === undefined) {
        expect(() => parseDuration(input.duration)).toThrowError(
          expect.toSatisfy((error) => isPodIdentityError(error, 'invalid-configuration')),
        );
      } else {
        const tolerance = Math.abs(expected.ms) * 1e-9;
        expect(Math.abs(parseDuration(input.duration) - expected.ms)).toBeLessThanOrEqual(tolerance);
      }
    });
  }
});
