/**
 * The shape that all Kubernetes objects share.
 *
 * @module
 */
import { type JsonObject } from './json.js';

/** The metadata that the API server itself reads or writes; everything else in it is kept as it is. */
export interface ObjectMeta {
  name?: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: JsonObject[];
  [field: string]: unknown;
}

/** An object as the API server stores it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** Where an object is: its name, and its namespace where its kind is namespaced. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** The name of `object`, `''` where it has none. */
export function nameOf(object: KubernetesObject): string {
  return object.metadata.name ?? '';
}

/** The namespace of `object`, `''` where it has none. */
export function namespaceOf(object: KubernetesObject): string {
  return object.metadata.namespace ?? '';
}

/** A time as Kubernetes writes it: whole seconds, UTC. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** `group/version`, or the version alone for the core group. */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}
