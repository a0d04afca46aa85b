import {
  ASSIGNED_IDENTITY_NAMESPACE,
  compareStrings,
  isNamespaced,
  objectKey,
  type AzureAssignedIdentity,
  type AzureIdentity,
  type ObjectKey,
} from '@aad-pod-identity/core';
import { assignmentKey, keyOfAssigned, type AssignmentKey, type AssignmentTuple } from './assignment-key.js';
import type { MatchPolicy } from './policy.js';
import { shortHash } from './short-hash.js';

/** Longest name that Kubernetes takes. */
const MAX_LENGTH = 253;

/** Namespace of the AzureAssignedIdentity of an identity: its own when it is namespaced, else `default`. */
export function assignmentNamespace(
  identity: Pick<AzureIdentity, 'namespace' | 'annotations'>,
  policy: Pick<MatchPolicy, 'forceNamespaced'>,
): string {
  return policy.forceNamespaced || isNamespaced(identity) ? identity.namespace : ASSIGNED_IDENTITY_NAMESPACE;
}

/**
 * Names the AzureAssignedIdentity of an assignment: `{pod}-{podNamespace}-{identity}`, as the original does, or, where
 * that is too long or belongs to another assignment already, with a short hash of the whole tuple at its end.
 * The same input gives the same name.
 *
 * @param isTaken whether a name, in the namespace that the object will be in, belongs to another assignment.
 */
export function assignmentName(tuple: AssignmentTuple, isTaken: (name: string) => boolean): string {
  const plain = `${tuple.pod}-${tuple.podNamespace}-${tuple.identity}`;
  if (plain.length <= MAX_LENGTH && !isTaken(plain)) return plain;
  const key = assignmentKey(tuple);
  for (let attempt = 0; ; attempt++) {
    const hash = shortHash(attempt === 0 ? key : `${key}#${attempt}`);
    const name = `${withoutTrailingPunctuation(plain.slice(0, MAX_LENGTH - 1 - hash.length))}-${hash}`;
    if (!isTaken(name)) return name;
  }
}

/** A label of a name must end in a letter or digit. */
function withoutTrailingPunctuation(name: string): string {
  return name.replace(/[-.]+$/, '');
}

/** An assignment that needs a name. */
export interface Unnamed {
  readonly tuple: AssignmentTuple;
  /** Where its object will be, see {@link assignmentNamespace}. */
  readonly namespace: string;
}

/**
 * Names assignments together, so that no two get one name: what exists keeps its name, and of several that share the
 * plain name the first by key gets it. The order of the input does not matter.
 */
export function nameAssignments(
  assignments: Iterable<Unnamed>,
  existing: Iterable<AzureAssignedIdentity>,
): ReadonlyMap<AssignmentKey, ObjectKey> {
  const owners = new Map<string, AssignmentKey>();
  const names = new Map<AssignmentKey, ObjectKey>();
  for (const assigned of existing) {
    const key = keyOfAssigned(assigned);
    owners.set(objectKey(assigned), key);
    names.set(key, { namespace: assigned.namespace, name: assigned.name });
  }
  const sorted = Array.from(assignments, (unnamed) => ({ ...unnamed, key: assignmentKey(unnamed.tuple) }));
  for (const { tuple, namespace, key } of sorted.sort((a, b) => compareStrings(a.key, b.key))) {
    if (names.get(key)?.namespace === namespace) continue;
    const name = assignmentName(tuple, (candidate) => {
      const owner = owners.get(objectKey({ namespace, name: candidate }));
      return owner !== undefined && owner !== key;
    });
    owners.set(objectKey({ namespace, name }), key);
    names.set(key, { namespace, name });
  }
  return names;
}
