import type { AzureAssignedIdentity, ComputeResource, IdentityResourceId } from '@aad-pod-identity/core';
import type { AssignmentChange } from './assignment-change.js';
import type { Protection } from './protected-identities.js';

/**
 * Who attached an identity to a resource, as the AzureAssignedIdentities that are there say. `unknown`: none says so
 * yet, so MIC looks at the resource before it attaches, and notes in an annotation what it found.
 */
export type AttachedBy = 'mic' | 'others' | 'unknown';

/** An identity that the resource must have. */
export interface Attachment {
  readonly identity: IdentityResourceId;
  readonly attachedBy: AttachedBy;
  /** The changes that wait for it: created, updated and retried assignments. Never empty. */
  readonly changes: readonly AssignmentChange[];
  /**
   * Objects that leave meanwhile. Nothing comes off for them; but what they remember about who attached the identity
   * has to stand on an object of those that wait before they go.
   */
  readonly leaving: readonly AzureAssignedIdentity[];
}

/** An identity to take off the resource. */
export interface Detachment {
  readonly identity: IdentityResourceId;
  /**
   * The objects from which it follows: not desired any more, or about to be rewritten for another place or identity, so
   * take it off before rewriting them. Their status and annotations tell since when, for the grace period. Never empty.
   */
  readonly leaving: readonly AzureAssignedIdentity[];
}

/** An identity that stays on the resource as it is. */
export interface Kept {
  readonly identity: IdentityResourceId;
  /** Why it is not detached, or need not be attached. */
  readonly why: 'in-use' | 'attached-by-others' | Protection;
  /** How many desired assignments on the resource use it. */
  readonly users: number;
  /** Objects whose removal needs no call to Azure. */
  readonly leaving: readonly AzureAssignedIdentity[];
}

/**
 * What has to happen on one compute resource. `attach`, `detach` and `keep` are in order of the identity's key, and
 * their identities are written in lower case.
 */
export interface ResourcePlan {
  /** `computeResourceKey` of the resource. */
  readonly key: string;
  readonly resource: ComputeResource;
  /** Names, in order, of the known nodes on it. Empty when all of them are gone. */
  readonly nodes: readonly string[];
  readonly attach: readonly Attachment[];
  readonly detach: readonly Detachment[];
  readonly keep: readonly Kept[];
  /**
   * The changes that belong here: to where the assignment goes, or, if it ends, where it was. In the order of the
   * desired assignments in `plan`, in the order in which they arose in an `AssignmentIndex`.
   */
  readonly changes: readonly AssignmentChange[];
}
