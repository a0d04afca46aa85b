import { compareKeys, type AzureIdentity, type AzureIdentityBinding, type Pod } from '@aad-pod-identity/core';
import type { AssignmentKey } from './assignment-key.js';

/** The outcome of matching: this pod may use this identity, through this binding. */
export interface Grant {
  /** Identifies the assignment that follows from the grant: one pod, one identity. */
  readonly key: AssignmentKey;
  readonly pod: Pod;
  readonly identity: AzureIdentity;
  /** The first binding, by (namespace, name), that leads to the identity for the pod. */
  readonly binding: AzureIdentityBinding;
}

/** Orders grants of one pod as they are chosen from: the highest weight first, then by (namespace, name) of the binding. */
export function compareGrants(a: Grant, b: Grant): number {
  return b.binding.spec.weight - a.binding.spec.weight || compareKeys(a.binding, b.binding);
}

/** Whether two readings of one assignment's grant mean the same: what else is in the pod's state plays no part. */
export function sameGrant(a: Grant | undefined, b: Grant | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.binding === b.binding &&
    a.identity === b.identity &&
    a.pod.uid === b.pod.uid &&
    a.pod.nodeName === b.pod.nodeName
  );
}
