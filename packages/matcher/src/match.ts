import { compareKeys, objectKey, type ObjectKey, type Pod } from '@aad-pod-identity/core';
import { explainAccess, type AccessExplanation } from './explain-access.js';
import type { Grant } from './grant.js';
import { DEFAULT_POLICY, type MatchPolicy } from './policy.js';
import { grantsOfPod, matchPodAgainst, type PodMatch } from './pod-match.js';
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
  const source = new SnapshotSource(snapshot.bindings, snapshot.identities);
  const pods = new Map(snapshot.pods.map((pod) => [objectKey(pod), pod]));
  const grants: Grant[] = [];
  for (const pod of [...pods.values()].sort(compareKeys)) grants.push(...grantsOfPod(pod, source, policy));
  return {
    grants,
    matchOf: (key) => {
      const pod = pods.get(objectKey(key));
      return pod === undefined ? undefined : matchPodAgainst(pod, source, policy);
    },
    explainAccess: ({ pod, identity }) =>
      explainAccess({ snapshot, policy, pod: pods.get(objectKey(pod)) ?? pod, identity }),
  };
}

/** Matches one pod with the bindings and identities of a snapshot. */
export function matchPod(
  pod: Pod,
  snapshot: Pick<Snapshot, 'bindings' | 'identities'> = EMPTY_SNAPSHOT,
  policy: MatchPolicy = DEFAULT_POLICY,
): PodMatch {
  return matchPodAgainst(pod, new SnapshotSource(snapshot.bindings, snapshot.identities), policy);
}
