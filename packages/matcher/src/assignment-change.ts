import type { AzureAssignedIdentity } from '@aad-pod-identity/core';
import type { AssignmentKey } from './assignment-key.js';
import type { Grant } from './grant.js';

/** What of an AzureAssignedIdentity is no longer as desired. */
export type AssignmentDifference = 'node' | 'compute-resource' | 'binding' | 'identity';

/** What has to be done with one assignment, and why (docs/spec.md section 4). */
export type AssignmentChange =
  /** Write an AzureAssignedIdentity with status `Created`. */
  | { readonly action: 'create'; readonly key: AssignmentKey; readonly grant: Grant }
  /** Rewrite the object to what is desired; it goes through `Created` again. */
  | {
      readonly action: 'update';
      readonly key: AssignmentKey;
      readonly grant: Grant;
      readonly current: AzureAssignedIdentity;
      readonly differences: readonly AssignmentDifference[];
    }
  /** The object stays as it is; its attachment is taken up again. */
  | {
      readonly action: 'retry';
      readonly key: AssignmentKey;
      readonly grant: Grant;
      readonly current: AzureAssignedIdentity;
      readonly status: 'Created' | 'Unassigned';
    }
  /** Detach unless still needed, `Unassigned`, finalizer off, delete. */
  | {
      readonly action: 'delete';
      readonly key: AssignmentKey;
      readonly current: AzureAssignedIdentity;
      readonly why: 'not-desired' | 'duplicate';
    };
