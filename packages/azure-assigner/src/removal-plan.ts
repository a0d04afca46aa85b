/**
 * When assignments that are not wanted any more may go (docs/spec.md sections 4 and 5, unassign grace period).
 *
 * @module
 */
import { objectKey, type AzureAssignedIdentity } from '@aad-pod-identity/core';
import type { Detachment, ResourcePlan } from '@aad-pod-identity/matcher';
import type { GracePeriods } from './grace-periods.js';

/** What is to be done now about what leaves a compute resource. */
export interface RemovalPlan {
  /** To be turned `Unassigned`, so that NMI denies at once. Their grace period begins. */
  readonly unassign: readonly AzureAssignedIdentity[];
  /** Deleted by somebody although they are wanted. */
  readonly rescue: readonly AzureAssignedIdentity[];
  /** May go now: nothing has to be detached for them. */
  readonly remove: readonly AzureAssignedIdentity[];
  /** May go once an object of those that wait for the same identity tells who attached it; by the identity's key. */
  readonly succeeded: ReadonlyMap<string, readonly AzureAssignedIdentity[]>;
  /** To be detached now; their objects go when that is done. */
  readonly detach: readonly Detachment[];
  /** Milliseconds until the next detachment falls due, if one waits. */
  readonly nextInMs: number | undefined;
}

/**
 * Sorts what leaves by what can be done about it now. A detachment waits for the last object that leads to it, and
 * for objects that are still to be rewritten for another place.
 */
export function planRemovals(plan: ResourcePlan, grace: Pick<GracePeriods, 'leftMs'>): RemovalPlan {
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
      dueInMs = Math.max(dueInMs, grace.leftMs(assigned));
    }
    if (dueInMs <= 0) detach.push(detachment);
    else if (dueInMs !== Number.POSITIVE_INFINITY) nextInMs = Math.min(nextInMs ?? dueInMs, dueInMs);
  }
  return {
    unassign,
    rescue,
    remove: plan.keep.flatMap((kept) => kept.leaving.filter(ends)),
    succeeded: new Map(plan.attach.map(({ identity, leaving }) => [identity.key, leaving.filter(ends)])),
    detach,
    nextInMs,
  };
}
