import {
  bindingLabel,
  invalidIdentityProblem,
  keyOf,
  type AzureIdentity,
  type AzureIdentityBinding,
  type ObjectKey,
  type Pod,
} from '@aad-pod-identity/core';
import { keyOfAssignment } from './assignment-key.js';
import { bindingObstacle, namespaceRule, podObstacle, type BindingObstacle } from './eligibility.js';
import type { Grant } from './grant.js';
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

/** Where matching finds bindings and identities. */
export interface BindingSource {
  /** The bindings with that selector, in order of (namespace, name). Never asked for an empty one. */
  bindingsFor(selector: string): readonly AzureIdentityBinding[];
  /** The identity that a binding names: in the binding's own namespace. */
  identityOf(binding: AzureIdentityBinding): AzureIdentity | undefined;
}

const NONE: readonly Grant[] = [];

/** The grants of a pod, in order of their bindings, without reasons: the form for hot paths. */
export function grantsOfPod(pod: Pod, source: BindingSource, policy: MatchPolicy): readonly Grant[] {
  if (podObstacle(pod, policy) !== undefined) return NONE;
  let grants: Grant[] | undefined;
  for (const binding of source.bindingsFor(bindingLabel(pod))) {
    const identity = source.identityOf(binding);
    if (identity === undefined || bindingObstacle(pod, binding, identity, policy) !== undefined) continue;
    if (grants === undefined) grants = [newGrant(pod, binding, identity)];
    else if (!grants.some((grant) => grant.identity === identity))
      grants.push(newGrant(pod, binding, identity));
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

  const grants: Grant[] = [];
  const granted: Reason[] = [];
  const nearMisses: Reason[] = [];
  for (const binding of bindings) {
    const identity = source.identityOf(binding);
    const place = { pod: key, label, binding: keyOf(binding), identity: identityNamedBy(binding) };
    const bindingProblem = bindingObstacle(pod, binding, identity, policy);
    if (bindingProblem !== undefined) nearMisses.push(nearMiss(bindingProblem, place, identity, policy));
    if (identity === undefined || bindingProblem !== undefined) continue;
    const earlier = grants.find((grant) => grant.identity === identity);
    if (earlier === undefined) {
      grants.push(newGrant(pod, binding, identity));
      granted.push({ code: 'granted', ...place });
    } else {
      nearMisses.push({ code: 'granted-already', ...place, through: keyOf(earlier.binding) });
    }
  }
  return { pod, grants, reasons: [...granted, ...nearMisses] };
}

/** Key of the identity that a binding names, whether it exists or not. */
export function identityNamedBy(binding: AzureIdentityBinding): ObjectKey {
  return { namespace: binding.namespace, name: binding.spec.azureIdentity };
}

function newGrant(pod: Pod, binding: AzureIdentityBinding, identity: AzureIdentity): Grant {
  return { key: keyOfAssignment(pod, identity), pod, identity, binding };
}

/** What the reasons about one binding have in common. */
interface Place {
  readonly pod: ObjectKey;
  readonly label: string;
  readonly binding: ObjectKey;
  readonly identity: ObjectKey;
}

function nearMiss(
  obstacle: BindingObstacle,
  place: Place,
  identity: AzureIdentity | undefined,
  policy: MatchPolicy,
): Reason {
  const problem = identity === undefined ? undefined : invalidIdentityProblem(identity);
  const rule = identity === undefined ? undefined : namespaceRule(identity, policy);
  if (obstacle === 'identity-invalid' && problem !== undefined) return { code: obstacle, ...place, problem };
  if (obstacle === 'namespace-mismatch' && rule !== undefined) return { code: obstacle, ...place, rule };
  return { code: 'identity-missing', ...place };
}
