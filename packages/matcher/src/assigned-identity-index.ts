import type { AzureAssignedIdentity, ObjectKey } from '@aad-pod-identity/core';
import type { AssignmentKey } from './assignment-key.js';

/** AzureAssignedIdentities by what they assign. */
export declare class AssignedIdentityIndex {
  /** Adds or replaces an object. @returns keys of the assignments that it concerned and concerns (one, or two). */
  upsert(assigned: AzureAssignedIdentity): readonly AssignmentKey[];
  /** Removes an object. @returns keys of the assignments that it concerned. */
  delete(key: ObjectKey): readonly AssignmentKey[];
  /** The objects of an assignment, by (namespace, name); more than one only after a mishap. */
  of(key: AssignmentKey): readonly AzureAssignedIdentity[];
  /** Whether the name belongs to an object of another assignment. */
  isTaken(name: ObjectKey, by: AssignmentKey): boolean;
}
