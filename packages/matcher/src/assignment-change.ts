import type { AzureAssignedIdentity } from '@aad-pod-identity/core';
import type { AssignmentDifference } from './assignment-difference.js';
import type { AssignmentKey } from './assignment-key.js';
import type { Grant } from './grant.js';

/** Write an AzureAssignedIdentity with status `Created`. */
export interface CreateAssignment {
  readonly action: 'create';
  readonly key: AssignmentKey;
  readonly grant: Grant;
}

/** Rewrite the object to what is desired; it goes through `Created` again. */
export interface UpdateAssignment {
  readonly action: 'update';
  readonly key: AssignmentKey;
  readonly grant: Grant;
  readonly current: AzureAssignedIdentity;
  /** Never empty. */
  readonly differences: readonly AssignmentDifference[];
}

/** The object stays as it is; its attachment is taken up again. */
export interface RetryAssignment {
  readonly action: 'retry';
  readonly key: AssignmentKey;
  readonly grant: Grant;
  readonly current: AzureAssignedIdentity;
  readonly status: 'Created' | 'Unassigned';
}

/** Detach unless still needed, `Unassigned`, finalizer off, delete. */
export interface DeleteAssignment {
  readonly action: 'delete';
  readonly key: AssignmentKey;
  readonly current: AzureAssignedIdentity;
  /**
   * `deleted-by-others`: somebody deleted the object while it is desired. Only its finalizer is in the way; once it is
   * gone, it is created anew, and the identity stays attached meanwhile.
   */
  readonly why: 'not-desired' | 'duplicate' | 'deleted-by-others';
}

/** What has to be done with one assignment, and why (docs/spec.md section 4). */
export type AssignmentChange = CreateAssignment | UpdateAssignment | RetryAssignment | DeleteAssignment;
