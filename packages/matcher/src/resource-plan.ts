import type { AzureAssignedIdentity, ComputeResource, IdentityResourceId } from '@aad-pod-identity/core';
import type { AssignmentChange } from './assignment-change.js';

/**
 * Who attached an identity to a resource, as the AzureAssignedIdentities that are there say. `unknown`: none is there
 * yet, so MIC looks at the resource before it attaches, and remembers in an annotation what it found.
 */
export type AttachedBy = 'mic' | 'others' | 'unknown';

/** An identity that the resource must have. */
export interface Attachment {
  readonly identity: IdentityResourceId;
  readonly attachedBy: AttachedBy;
  /** The changes that wait for it: created, updated and retried assignments. Never empty. */
  readonly changes: readonly AssignmentChange[];
}

/** An identity to take off the resource. */
export interface Detachment {
  readonly identity: IdentityResourceId;
  /**
   * The objects from which it follows: not desired any more, or about to be rewritten for another place or identity.
   * Their annotations and status tell since when, so that the grace period can be counted.
   */
  readonly leaving: readonly AzureAssignedIdentity[];
}

/** An identity that stays on the resource as it is. */
export interface Kept {
  readonly identity: IdentityResourceId;
  /** Why it is not detached, or need not be attached. */
  readonly why: 'in-use' | 'immutable' | 'cluster-identity' | 'attached-by-others';
  /** How many desired assignments on the resource use it. */
  readonly users: number;
  /** Objects that leave it, whose removal needs no call to Azure. */
  readonly leaving: readonly AzureAssignedIdentity[];
}

/** What has to happen on one compute resource. Lists are in order of the identity's key. */
export interface ResourcePlan {
  readonly resource: ComputeResource;
  /** Nodes that belong to it, by name. Empty when all of them are gone. */
  readonly nodes: readonly string[];
  readonly attach: readonly Attachment[];
  readonly detach: readonly Detachment[];
  readonly keep: readonly Kept[];
  /** Every change of an assignment that belongs here: to where it goes, or, if it ends, where it was. In order of key. */
  readonly changes: readonly AssignmentChange[];
}

/** Identities that are never taken off, each a client ID or a resource ID in any casing. */
export interface Protected {
  /** `--immutable-user-msis`. */
  readonly immutableIdentities: readonly string[];
  /** `userAssignedIdentityID` of the cloud configuration; empty when there is none. */
  readonly clusterIdentity: string;
}
