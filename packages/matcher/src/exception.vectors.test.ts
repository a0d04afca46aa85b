import { describe, expect, it } from 'vitest';
import { decideException, type ExceptionMatch } from './exception.js';
import { snapshotOf, vectorsOf, type VectorObjects } from './testing/vector-snapshot.js';

type Input = VectorObjects & { exceptionMatch: ExceptionMatch; pod: unknown };

describe('vectors: exceptions', () => {
  for (const { name, input, expected } of vectorsOf<Input, { excepted: boolean }>('exceptions')) {
    it(name, () => {
      const { pods, exceptions } = snapshotOf({ ...input, pods: [input.pod] });
      const { excepted } = decideException(pods[0]!, exceptions, input.exceptionMatch);
      expect(excepted !== undefined).toBe(expected.excepted);
    });
  }
});
