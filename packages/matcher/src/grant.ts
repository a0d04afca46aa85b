import {
  compareKeys,
  type AzureIdentity,
  type AzureIdentityBinding,
  type ObjectMeta,
  type Pod,
} from '@aad-pod-identity/core';
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

/**
 * Whether two readings of one assignment's grant mean the same: what else is in the pod's state plays no part, nor are the
 * conditions and versions of the identity and the binding.
 */
export function sameGrant(a: Grant | undefined, b: Grant | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    sameBinding(a.binding, b.binding) &&
    sameIdentity(a.identity, b.identity) &&
    a.pod.uid === b.pod.uid &&
    a.pod.nodeName === b.pod.nodeName
  );
}

function sameBinding(a: AzureIdentityBinding, b: AzureIdentityBinding): boolean {
  return a === b || (sameObject(a, b) && sameFields(a.spec, b.spec));
}

function sameIdentity(a: AzureIdentity, b: AzureIdentity): boolean {
  if (a === b) return true;
  return sameObject(a, b) && sameFields(a.spec, b.spec) && sameFields(a.annotations, b.annotations);
}

function sameObject(a: ObjectMeta, b: ObjectMeta): boolean {
  return a.uid === b.uid && a.name === b.name && a.namespace === b.namespace;
}

/** Compares what a spec or a list is made of. */
function sameFields(a: object, b: object): boolean {
  if (a === b) return true;
  const [mine, others] = [Object.entries(a), b as Readonly<Record<string, unknown>>];
  return (
    mine.length === Object.keys(b).length && mine.every(([field, value]) => sameValue(value, others[field]))
  );
}

function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  return sameFields(a, b);
}
