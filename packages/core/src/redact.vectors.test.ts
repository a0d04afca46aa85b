import { describe, expect, it } from 'vitest';
import { redactClientId } from './redact.js';
import { vectorsOf } from '../../../test/vectors/vectors.js';

describe('vectors: redact', () => {
  for (const { name, input, expected } of vectorsOf<{ clientID: string }, { redacted: string }>('redact')) {
    it(name, () => expect(redactClientId(input.clientID)).toBe(expected.redacted));
  }
});
