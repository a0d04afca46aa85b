/**
 * What NMI reads of the objects that it is itself part of: its pod, its DaemonSet, its node.
 *
 * @module
 */
import { isRecord } from '@aad-pod-identity/core';
import type { Resource } from '@aad-pod-identity/kubernetes';

/** A pod, as far as it tells who made it. */
export interface OwnedPod {
  /** Name of the DaemonSet that controls it. */
  readonly daemonSet: string | undefined;
}

/** A DaemonSet, as far as it tells whether it stays. */
export interface DaemonSet {
  readonly beingDeleted: boolean;
}

/** A node's taints, as they stand. */
export interface TaintedNode {
  readonly taints: readonly Taint[];
}

/** A taint; what else is in it comes along, so that it can be compared as a whole. */
export interface Taint {
  readonly key?: unknown;
  readonly effect?: unknown;
}

export const ownedPods: Resource<OwnedPod> = {
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
  decode: (json) => {
    const owner = list(field(json, 'metadata', 'ownerReferences')).find(
      (reference) =>
        field(reference, 'controller') === true &&
        field(reference, 'kind') === 'DaemonSet' &&
        String(field(reference, 'apiVersion')).startsWith('apps/'),
    );
    const name = field(owner, 'name');
    return { ok: true, value: { daemonSet: typeof name === 'string' && name !== '' ? name : undefined } };
  },
};

/** Every object of the kind decodes: one that could not be read would look as if it were gone. */
export const daemonSets: Resource<DaemonSet> = {
  group: 'apps',
  version: 'v1',
  plural: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
  decode: (json) => ({
    ok: true,
    value: { beingDeleted: typeof field(json, 'metadata', 'deletionTimestamp') === 'string' },
  }),
};

export const taintedNodes: Resource<TaintedNode> = {
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
  decode: (json) => ({
    ok: true,
    value: { taints: list(field(json, 'spec', 'taints')).map((taint) => (isRecord(taint) ? taint : {})) },
  }),
};

function field(json: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), json);
}

function list(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? (json as readonly unknown[]) : [];
}
