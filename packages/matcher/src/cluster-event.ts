import type {
  AzureAssignedIdentity,
  AzureIdentity,
  AzureIdentityBinding,
  AzurePodIdentityException,
  Node,
  ObjectKey,
  Pod,
} from '@aad-pod-identity/core';

/** The kinds that matching and assignment watch, each with its decoded type. */
export interface WatchedKinds {
  readonly Pod: Pod;
  readonly AzureIdentity: AzureIdentity;
  readonly AzureIdentityBinding: AzureIdentityBinding;
  readonly AzurePodIdentityException: AzurePodIdentityException;
  readonly AzureAssignedIdentity: AzureAssignedIdentity;
  readonly Node: Node;
}

/** Name of a watched kind. */
export type WatchedKind = keyof WatchedKinds;

/** One object was added or changed (`upsert`), or is gone (`delete`; a node's namespace is empty). */
export type ClusterEvent =
  | {
      [Kind in WatchedKind]: {
        readonly type: 'upsert';
        readonly kind: Kind;
        readonly object: WatchedKinds[Kind];
      };
    }[WatchedKind]
  | { readonly type: 'delete'; readonly kind: WatchedKind; readonly key: ObjectKey };
