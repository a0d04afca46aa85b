import { describe, expect, it } from 'vitest';
import { assignmentKey, type AssignmentTuple } from './assignment-key.js';
import { diffAssignments } from './assignment-diff.js';
import { match } from './match.js';
import { snapshotOf, vectorsOf, type VectorObjects } from './testing/vector-snapshot.js';

type Input = VectorObjects & { forceNamespaced: boolean };
type Expected = Readonly<Record<'create' | 'update' | 'delete' | 'retry', readonly AssignmentTuple[]>>;

describe('vectors: diff', () => {
  for (const { name, input, expected } of vectorsOf<Input, Expected>('diff')) {
    it(name, () => {
      const snapshot = snapshotOf(input);
      const { grants } = match(snapshot, { mode: 'standard', forceNamespaced: input.forceNamespaced });
      const diff = diffAssignments(grants, snapshot.assignedIdentities);
      for (const action of ['create', 'update', 'delete', 'retry'] as const) {
        const keys = diff[action].map(({ key }) => key);
        expect(keys.sort(), action).toEqual(expected[action].map(assignmentKey).sort());
      }
    });
  }
});
