import { compareKeys, isAssigned, type AzureAssignedIdentity } from '@aad-pod-identity/core';
import type {
  AssignmentChange,
  CreateAssignment,
  DeleteAssignment,
  RetryAssignment,
  UpdateAssignment,
} from './assignment-change.js';
import { differencesOf } from './assignment-difference.js';
import { keyOfAssigned, type AssignmentKey } from './assignment-key.js';
import type { Grant } from './grant.js';

const NONE: readonly AssignmentChange[] = [];

/**
 * What has to be done with one assignment: nothing, one thing, or, where objects are doubled, several.
 *
 * @param grant what is desired, if it is.
 * @param assigned the objects of this assignment, by (namespace, name).
 * @param resourceKey key of the compute resource that the pod's node belongs to; undefined when that is unknown.
 */
export function diffAssignment(
  key: AssignmentKey,
  grant: Grant | undefined,
  assigned: readonly AzureAssignedIdentity[],
  resourceKey?: string,
): readonly AssignmentChange[] {
  if (grant === undefined) {
    return assigned.map((current) => ({ action: 'delete', key, current, why: 'not-desired' }) as const);
  }
  const current = chooseCurrent(grant, assigned, resourceKey);
  if (current === undefined) return [{ action: 'create', key, grant }];
  const change = changeOf(key, grant, current, resourceKey);
  if (change === undefined && assigned.length === 1) return NONE;
  const duplicates = assigned.filter((candidate) => candidate !== current);
  return [
    ...(change === undefined ? [] : [change]),
    ...duplicates.map(
      (duplicate) => ({ action: 'delete', key, current: duplicate, why: 'duplicate' }) as const,
    ),
  ];
}

/** Of several objects for one assignment, the one to keep: best one that is as desired, then the first by name. */
export function chooseCurrent(
  grant: Grant,
  assigned: readonly AzureAssignedIdentity[],
  resourceKey: string | undefined,
): AzureAssignedIdentity | undefined {
  if (assigned.length < 2) return assigned[0];
  const alive = assigned.filter((candidate) => !candidate.deleting);
  const asDesired = alive.filter((candidate) => differencesOf(candidate, grant, resourceKey).length === 0);
  return asDesired.find(isAssigned) ?? asDesired[0] ?? alive[0] ?? assigned[0];
}

function changeOf(
  key: AssignmentKey,
  grant: Grant,
  current: AzureAssignedIdentity,
  resourceKey: string | undefined,
): AssignmentChange | undefined {
  if (current.deleting) return { action: 'delete', key, current, why: 'deleted-by-others' };
  const differences = differencesOf(current, grant, resourceKey);
  if (differences.length > 0) return { action: 'update', key, grant, current, differences };
  const { status } = current;
  return status === 'Created' || status === 'Unassigned'
    ? { action: 'retry', key, grant, current, status }
    : undefined;
}

/** Every change of every assignment, sorted by what has to be done. */
export interface AssignmentDiff {
  readonly create: readonly CreateAssignment[];
  readonly update: readonly UpdateAssignment[];
  readonly retry: readonly RetryAssignment[];
  readonly delete: readonly DeleteAssignment[];
  /** Keys of assignments that are as desired. */
  readonly untouched: readonly AssignmentKey[];
}

/**
 * Compares what is desired with what is there. The order of the objects does not matter.
 *
 * @param resourceKeyOf key of the compute resource of a node, where that is known.
 */
export function diffAssignments(
  desired: Iterable<Grant>,
  assigned: Iterable<AzureAssignedIdentity>,
  resourceKeyOf: (nodeName: string) => string | undefined = () => undefined,
): AssignmentDiff {
  const grants = new Map(Array.from(desired, (grant) => [grant.key, grant]));
  const objects = groupByAssignment(assigned);
  const diff = { create: [], update: [], retry: [], delete: [], untouched: [] } as {
    [Part in keyof AssignmentDiff]: AssignmentDiff[Part][number][];
  };
  for (const key of [...new Set([...grants.keys(), ...objects.keys()])].sort()) {
    const grant = grants.get(key);
    const resourceKey = grant === undefined ? undefined : resourceKeyOf(grant.pod.nodeName);
    const changes = diffAssignment(key, grant, objects.get(key) ?? [], resourceKey);
    if (changes.length === 0) diff.untouched.push(key);
    for (const change of changes) {
      switch (change.action) {
        case 'create':
          diff.create.push(change);
          break;
        case 'update':
          diff.update.push(change);
          break;
        case 'retry':
          diff.retry.push(change);
          break;
        case 'delete':
          diff.delete.push(change);
          break;
      }
    }
  }
  return diff;
}

/** The objects of each assignment, by (namespace, name). */
export function groupByAssignment(
  assigned: Iterable<AzureAssignedIdentity>,
): Map<AssignmentKey, readonly AzureAssignedIdentity[]> {
  const groups = new Map<AssignmentKey, AzureAssignedIdentity[]>();
  for (const object of assigned) {
    const key = keyOfAssigned(object);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [object]);
    else group.push(object);
  }
  for (const group of groups.values()) if (group.length > 1) group.sort(compareKeys);
  return groups;
}
