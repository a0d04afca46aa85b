import { compareKeys, objectKey, type ObjectKey, type Pod } from '@aad-pod-identity/core';
import { explainAccess, type AccessExplanation } from './explain-access.js';
import type { Grant } from './grant.js';
import { DEFAULT_POLICY, type MatchPolicy } from './policy.js';
import { grantsOfPod, matchPodAgainst, type BindingSource, type PodMatch } from './pod-match.js';
import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';
import { SnapshotSource } from './snapshot-source.js';

/** All grants of a snapshot, and on demand why each pod has those and no others. */
export interface MatchResult {
  /** In order of (namespace, name) of the pod, then of the binding. */
  readonly grants: readonly Grant[];
  /** Grants of one pod with every reason; undefined for an unknown pod. */
  matchOf(pod: ObjectKey): PodMatch | undefined;
  /** Whether a pod may use an identity, and why: what to print where a policy test fails. */
  explainAccess(access: { readonly pod: ObjectKey; readonly identity: ObjectKey }): AccessExplanation;
}

/**
 * Matches pods with bindings and identities (docs/spec.md section 3): the one-shot form, over all objects at once.
 * The order of the objects does not matter.
 *
 * @example
 * ```ts
 * const { snapshot } = loadSnapshot(objects);
 * const result = match(snapshot);
 * result.grants.filter((grant) => grant.identity.name === 'billing').map((grant) => grant.pod.name);
 * result.explainAccess({ pod: { namespace: 'team-b', name: 'web' }, identity: { namespace: 'billing', name: 'billing' } }).text;
 * ```
 */
export function match(
  snapshot: Pick<Snapshot, 'pods' | 'bindings' | 'identities'>,
  policy: MatchPolicy = DEFAULT_POLICY,
): MatchResult {
  const source = new SnapshotSource(snapshot.bindings, snapshot.identities, policy);
  const grants: Grant[] = [];
  forEachGrant(snapshot.pods, source, policy, (grant) => grants.push(grant));
  let podsByKey: ReadonlyMap<string, Pod> | undefined;
  const podOf = (key: ObjectKey): Pod | undefined => {
    podsByKey ??= new Map(snapshot.pods.map((pod) => [objectKey(pod), pod]));
    return podsByKey.get(objectKey(key));
  };
  return {
    grants,
    matchOf: (key) => {
      const pod = podOf(key);
      return pod === undefined ? undefined : matchPodAgainst(pod, source, policy);
    },
    explainAccess: ({ pod, identity }) =>
      explainAccess({ snapshot, policy, pod: podOf(pod) ?? pod, identity }),
  };
}

/** Visits all grants, in order of (namespace, name) of the pod, then of the binding. */
export function forEachGrant(
  pods: readonly Pod[],
  source: BindingSource,
  policy: MatchPolicy,
  visit: (grant: Grant) => void,
): void {
  for (const pod of inOrder(pods)) {
    for (const grant of grantsOfPod(pod, source, policy)) visit(grant);
  }
}

/** By (namespace, name): the order in which an API server lists, so that mostly there is nothing to sort. */
function inOrder(pods: readonly Pod[]): readonly Pod[] {
  const sorted = pods.every((pod, index) => {
    const before = pods[index - 1];
    return before === undefined || compareKeys(before, pod) <= 0;
  });
  return sorted ? pods : [...pods].sort(compareKeys);
}

/** Matches one pod with the bindings and identities of a snapshot. */
export function matchPod(
  pod: Pod,
  snapshot: Pick<Snapshot, 'bindings' | 'identities'> = EMPTY_SNAPSHOT,
  policy: MatchPolicy = DEFAULT_POLICY,
): PodMatch {
  return matchPodAgainst(pod, new SnapshotSource(snapshot.bindings, snapshot.identities, policy), policy);
}
