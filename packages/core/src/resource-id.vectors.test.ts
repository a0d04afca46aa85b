import { describe, expect, it } from 'vitest';
import { parseIdentityResourceId } from './resource-id.js';
import { vectorsOf } from '../../../test/vectors/vectors.js';

describe('vectors: resource-id', () => {
  for (const { name, input, expected } of vectorsOf<{ resourceID: string }, { valid: boolean }>(
    'resource-id',
  )) {
    it(name, () => expect(parseIdentityResourceId(input.resourceID) !== undefined).toBe(expected.valid));
  }
});
