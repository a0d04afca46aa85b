import {
  bindingLabel,
  invalidIdentityProblem,
  isFinished,
  keyOf,
  type ObjectKey,
  type Pod,
} from '@aad-pod-identity/core';
import type { Grant } from './grant.js';
import { identityNamedBy, type JudgedBinding } from './judged-binding.js';
import type { MatchPolicy } from './policy.js';
import type { Reason } from './reason.js';

/** Outcome of matching one pod. */
export interface PodMatch {
  readonly pod: Pod;
  /** In order of (namespace, name) of their bindings; each identity once. */
  readonly grants: readonly Grant[];
  /** One for every grant, in the same order, then one for every near miss. Never empty. */
  readonly reasons: readonly Reason[];
}

/** Where matching finds bindings. */
export interface BindingSource {
  /** The bindings with that selector, in order of (namespace, name). Never asked for an empty one. */
  bindingsFor(selector: string): readonly JudgedBinding[];
}

const NONE: readonly Grant[] = [];

/** The grants of a pod, in order of their bindings, without reasons: the form for hot paths. */
export function grantsOfPod(pod: Pod, source: BindingSource, policy: MatchPolicy): readonly Grant[] {
  if (podObstacle(pod, policy) !== undefined) return NONE;
  let grants: Grant[] | undefined;
  let keyPrefix: string | undefined;
  for (const judged of source.bindingsFor(bindingLabel(pod))) {
    const { binding, identity } = judged;
    if (identity === undefined || obstacleFor(pod, judged) !== undefined) continue;
    if (grants?.some((grant) => grant.identity === identity) === true) continue;
    keyPrefix ??= `${pod.namespace}/${pod.name}`;
    const grant: Grant = { key: keyPrefix + judged.keySuffix, pod, identity, binding };
    if (grants === undefined) grants = [grant];
    else grants.push(grant);
  }
  return grants ?? NONE;
}

/** Matches one pod, with a reason for every grant and for every near miss. */
export function matchPodAgainst(pod: Pod, source: BindingSource, policy: MatchPolicy): PodMatch {
  const key = keyOf(pod);
  const obstacle = podObstacle(pod, policy);
  if (obstacle !== undefined) {
    const reason: Reason =
      obstacle === 'pod-finished'
        ? { code: obstacle, pod: key, phase: pod.phase }
        : { code: obstacle, pod: key };
    return { pod, grants: [], reasons: [reason] };
  }
  const label = bindingLabel(pod);
  const bindings = source.bindingsFor(label);
  if (bindings.length === 0) return { pod, grants: [], reasons: [{ code: 'no-binding', pod: key, label }] };

  const grants = grantsOfPod(pod, source, policy);
  const granted: Reason[] = [];
  const nearMisses: Reason[] = [];
  for (const judged of bindings) {
    const { binding } = judged;
    const place = { pod: key, label, binding: keyOf(binding), identity: identityNamedBy(binding) };
    const grant = grants.find(({ identity }) => identity === judged.identity);
    if (grant === undefined) nearMisses.push(nearMiss(pod, judged, place));
    else if (grant.binding === binding) granted.push({ code: 'granted', ...place });
    else nearMisses.push({ code: 'granted-already', ...place, through: keyOf(grant.binding) });
  }
  return { pod, grants, reasons: [...granted, ...nearMisses] };
}

/** Rules 1 and 2, as far as they concern the pod alone. Undefined: bindings decide. */
function podObstacle(
  pod: Pod,
  policy: MatchPolicy,
): 'no-label' | 'pod-finished' | 'pod-unscheduled' | undefined {
  if (bindingLabel(pod) === '') return 'no-label';
  if (isFinished(pod)) return 'pod-finished';
  if (pod.nodeName === '' && policy.assumeScheduled !== true) return 'pod-unscheduled';
  return undefined;
}

/** Rules 3 and 4 for a pod that the binding selects. Undefined: the binding gives the identity to the pod. */
function obstacleFor(pod: Pod, judged: JudgedBinding): JudgedBinding['obstacle'] | 'namespace-mismatch' {
  if (judged.obstacle !== undefined) return judged.obstacle;
  // The identity is in the binding's namespace by rule 3, so comparing the pod with the binding covers all three.
  if (judged.namespaceRule !== undefined && pod.namespace !== judged.binding.namespace)
    return 'namespace-mismatch';
  return undefined;
}

/** What the reasons about one binding have in common. */
interface Place {
  readonly pod: ObjectKey;
  readonly label: string;
  readonly binding: ObjectKey;
  readonly identity: ObjectKey;
}

function nearMiss(pod: Pod, judged: JudgedBinding, place: Place): Reason {
  const { identity, namespaceRule } = judged;
  const problem = identity === undefined ? undefined : invalidIdentityProblem(identity);
  const obstacle = obstacleFor(pod, judged);
  if (obstacle === 'identity-invalid' && problem !== undefined) return { code: obstacle, ...place, problem };
  if (obstacle === 'namespace-mismatch' && namespaceRule !== undefined) {
    return { code: obstacle, ...place, rule: namespaceRule };
  }
  return { code: 'identity-missing', ...place };
}
