/**
 * When assignments that are not wanted any more may go (docs/spec.md sections 4 and 5, unassign grace period).
 *
 * @module
 */
import { UNASSIGNED_SINCE_ANNOTATION, objectKey, type AzureAssignedIdentity } from '@aad-pod-identity/core';
import type { Detachment, ResourcePlan } from '@aad-pod-identity/matcher';

/** What is to be done now about what leaves a compute resource. */
export interface RemovalPlan {
  /** To be turned `Unassigned`, so that NMI denies at once. Their grace period begins. */
  readonly unassign: readonly AzureAssignedIdentity[];
  /** Deleted by somebody although they are wanted. */
  readonly rescue: readonly AzureAssignedIdentity[];
  /** May go now: nothing has to be detached for them. */
  readonly remove: readonly AzureAssignedIdentity[];
  /** To be detached now; their objects go when that is done. */
  readonly detach: readonly Detachment[];
  /** Milliseconds until the next detachment falls due, if one waits. */
  readonly nextInMs: number | undefined;
}

/**
 * Sorts what leaves by what can be done about it now. A detachment waits for the last object that leads to it, and
 * for objects that are still to be rewritten for another place.
 *
 * @param now - wall-clock time: it is compared with what the objects remember
 */
export function planRemovals(plan: ResourcePlan, now: number, graceMs: number): RemovalPlan {
  const ending = new Set<string>();
  const rescue: AzureAssignedIdentity[] = [];
  for (const change of plan.changes) {
    if (change.action !== 'delete') continue;
    if (change.why === 'deleted-by-others') rescue.push(change.current);
    else ending.add(objectKey(change.current));
  }
  const ends = (assigned: AzureAssignedIdentity): boolean => ending.has(objectKey(assigned));

  const unassign: AzureAssignedIdentity[] = [];
  const detach: Detachment[] = [];
  let nextInMs: number | undefined;
  for (const detachment of plan.detach) {
    let dueInMs = 0;
    for (const assigned of detachment.leaving) {
      if (!ends(assigned)) {
        dueInMs = Number.POSITIVE_INFINITY;
        continue;
      }
      if (assigned.status !== 'Unassigned') unassign.push(assigned);
      dueInMs = Math.max(dueInMs, leftOfGrace(assigned, now, graceMs));
    }
    if (dueInMs <= 0) detach.push(detachment);
    else if (dueInMs !== Number.POSITIVE_INFINITY) nextInMs = Math.min(nextInMs ?? dueInMs, dueInMs);
  }
  return {
    unassign,
    rescue,
    remove: plan.keep.flatMap((kept) => kept.leaving.filter(ends)),
    detach,
    nextInMs,
  };
}

/** Milliseconds that are left. An object that the original left `Unassigned` does not say since when: none. */
function leftOfGrace(assigned: AzureAssignedIdentity, now: number, graceMs: number): number {
  if (assigned.status !== 'Unassigned') return graceMs;
  const since = Date.parse(assigned.annotations[UNASSIGNED_SINCE_ANNOTATION] ?? '');
  if (Number.isNaN(since)) return 0;
  // A clock that ran ahead when this was written must not prolong the wait.
  return Math.min(graceMs, since + graceMs - now);
}
