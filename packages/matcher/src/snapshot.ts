import type {
  AzureAssignedIdentity,
  AzureIdentity,
  AzureIdentityBinding,
  AzurePodIdentityException,
  Node,
  Pod,
} from '@aad-pod-identity/core';

/** The objects of a cluster at one moment, decoded. Their order never matters. */
export interface Snapshot {
  readonly pods: readonly Pod[];
  readonly bindings: readonly AzureIdentityBinding[];
  readonly identities: readonly AzureIdentity[];
  readonly exceptions: readonly AzurePodIdentityException[];
  readonly assignedIdentities: readonly AzureAssignedIdentity[];
  readonly nodes: readonly Node[];
}

/** A snapshot without anything. */
export const EMPTY_SNAPSHOT: Snapshot = {
  pods: [],
  bindings: [],
  identities: [],
  exceptions: [],
  assignedIdentities: [],
  nodes: [],
};
