/**
 * What MIC writes to the cluster, as an interface: the real one is made by `kubernetesCluster`, the dry run and tests
 * have their own. Everything it reads comes from the watches.
 *
 * @module
 */
import type {
  AssignedIdentityInput,
  AssignedIdentityStatus,
  AzureAssignedIdentity,
} from '@aad-pod-identity/core';

/** What an event may be about. */
export interface EventSubject {
  readonly kind: 'AzureIdentity' | 'AzureIdentityBinding' | 'AzureAssignedIdentity' | 'Pod' | 'Node';
  /** Empty for a node. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The reasons that MIC's events give: the original's, and further ones. */
export type EventReason =
  | 'binding applied'
  | 'binding apply error'
  | 'binding removed'
  | 'binding remove error'
  | 'status update error'
  | 'identity quarantined'
  | 'client id mismatch'
  | 'identity not found'
  | 'identity invalid'
  | 'node unresolved';

/** How an AAI's state, annotations and conditions are to change; an annotation that is `undefined` goes. */
export interface AssignedIdentityChange {
  readonly status: AssignedIdentityStatus;
  readonly annotations?: Readonly<Record<string, string | undefined>>;
  /** The whole of `status.conditions`; omitted: they stay. */
  readonly conditions?: readonly unknown[];
}

/**
 * The writes. Methods reject with a `KubernetesError`: `conflict` where the object is no longer the one that was
 * handed in, `not-leading` once the lease is lost.
 */
export interface Cluster {
  /** Creates an AAI; `already-exists` where its name is taken. */
  create(assigned: AssignedIdentityInput): Promise<AzureAssignedIdentity>;
  /** Reads an AAI past the watch; `undefined` where there is none. */
  find(namespace: string, name: string): Promise<AzureAssignedIdentity | undefined>;
  /** Writes an AAI anew; `resourceVersion` is that of the one it replaces. */
  replace(assigned: AssignedIdentityInput): Promise<AzureAssignedIdentity>;
  /** Changes the state of an AAI. */
  update(assigned: AzureAssignedIdentity, change: AssignedIdentityChange): Promise<AzureAssignedIdentity>;
  /** Takes the finalizer off an AAI and deletes it. @returns false where it was gone already */
  remove(assigned: AzureAssignedIdentity): Promise<boolean>;
  /** Records an event without waiting. */
  event(subject: EventSubject, type: 'Normal' | 'Warning', reason: EventReason, message: string): void;
}
