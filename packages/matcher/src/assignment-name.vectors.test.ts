import { objectKey } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { assignmentKey, keyOfAssigned, type AssignmentTuple } from './assignment-key.js';
import { assignmentNamespace, nameAssignments } from './assignment-name.js';
import { snapshotOf, vectorsOf, type VectorObjects } from './testing/vector-snapshot.js';

type Input = VectorObjects & {
  forceNamespaced: boolean;
  assignments: readonly (AssignmentTuple & { namespaced: boolean })[];
};
interface Expected {
  readonly names: readonly { readonly name: string | null; readonly namespace: string }[];
  readonly maxLength: number;
}
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

describe('vectors: aai-name', () => {
  for (const { name: title, input, expected } of vectorsOf<Input, Expected>('aai-name')) {
    it(title, () => {
      const names = nameAll(input);
      expect(nameAll(input)).toEqual(names);
      const full = names.map(objectKey);
      const others = snapshotOf(input).assignedIdentities.filter(
        (assigned) => !input.assignments.some((tuple) => assignmentKey(tuple) === keyOfAssigned(assigned)),
      );
      expect(new Set([...full, ...others.map(objectKey)]).size).toBe(full.length + others.length);
      for (const [index, { name, namespace }] of names.entries()) {
        expect(namespace).toBe(expected.names[index]!.namespace);
        if (expected.names[index]!.name !== null) expect(name).toBe(expected.names[index]!.name);
        expect(name).toMatch(SUBDOMAIN);
        expect(name.length).toBeLessThanOrEqual(expected.maxLength);
      }
    });
  }
});

function nameAll(input: Input): { name: string; namespace: string }[] {
  const unnamed = input.assignments.map((tuple) => {
    const annotations = tuple.namespaced ? { 'aadpodidentity.k8s.io/Behavior': 'namespaced' } : {};
    const identity = { namespace: tuple.identityNamespace, annotations };
    return { tuple, namespace: assignmentNamespace(identity, { forceNamespaced: input.forceNamespaced }) };
  });
  const names = nameAssignments(unnamed, snapshotOf(input).assignedIdentities);
  return input.assignments.map((tuple) => names.get(assignmentKey(tuple))!);
}
