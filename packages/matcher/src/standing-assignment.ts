import { isAssigned, type AzureAssignedIdentity } from '@aad-pod-identity/core';
import type { AssignmentUses } from './assignment-uses.js';
import type { Grant } from './grant.js';

/** A desired assignment whose object says that NMI may serve it, and is as desired. */
export interface StandingAssignment {
  readonly grant: Grant;
  readonly assigned: AzureAssignedIdentity;
}

/** Those of `slots` that stand on one compute resource for one identity. */
export function* standingAmong(
  slots: Iterable<{ readonly grant: Grant | undefined; readonly uses: AssignmentUses }>,
  resourceKey: string,
  identityKey: string,
): IterableIterator<StandingAssignment> {
  for (const { grant, uses } of slots) {
    if (grant === undefined || uses.target?.key !== resourceKey || uses.identityKey !== identityKey) continue;
    const hold = uses.holds.find(({ leaving }) => !leaving);
    if (hold !== undefined && isAssigned(hold.assigned)) yield { grant, assigned: hold.assigned };
  }
}
