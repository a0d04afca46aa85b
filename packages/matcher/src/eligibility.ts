import {
  bindingLabel,
  invalidIdentityProblem,
  isFinished,
  isNamespaced,
  type AzureIdentity,
  type AzureIdentityBinding,
  type Pod,
} from '@aad-pod-identity/core';
import type { MatchPolicy } from './policy.js';
import type { NamespaceRule } from './reason.js';

/** Why a pod can have no grant at all, whatever is bound; rules 1 and 2 of docs/spec.md section 3. */
export type PodObstacle = 'no-label' | 'pod-finished' | 'pod-unscheduled';

/** Why a binding with the pod's label as its selector gives nothing; rules 3 and 4. */
export type BindingObstacle = 'identity-missing' | 'identity-invalid' | 'namespace-mismatch';

/** The part of rules 1 and 2 that concerns the pod alone. Undefined: bindings decide. */
export function podObstacle(pod: Pod, policy: MatchPolicy): PodObstacle | undefined {
  if (bindingLabel(pod) === '') return 'no-label';
  if (isFinished(pod)) return 'pod-finished';
  if (pod.nodeName === '' && policy.assumeScheduled !== true) return 'pod-unscheduled';
  return undefined;
}

/**
 * Rules 3 and 4 for a binding that selects the pod. Undefined: the binding gives the identity to the pod.
 *
 * @param identity the AzureIdentity of that name in the binding's namespace, if there is one.
 */
export function bindingObstacle(
  pod: Pod,
  binding: AzureIdentityBinding,
  identity: AzureIdentity | undefined,
  policy: MatchPolicy,
): BindingObstacle | undefined {
  if (identity === undefined) return 'identity-missing';
  if (!isUsable(identity, policy)) return 'identity-invalid';
  // The identity is in the binding's namespace by rule 3, so comparing the pod with the binding covers all three.
  if (pod.namespace !== binding.namespace && namespaceRule(identity, policy) !== undefined)
    return 'namespace-mismatch';
  return undefined;
}

/** Whether an identity may be granted: in managed mode an invalid `resourceID` is reported only. */
export function isUsable(identity: AzureIdentity, policy: MatchPolicy): boolean {
  if (policy.mode === 'managed') return identity.spec.type !== undefined;
  return invalidIdentityProblem(identity) === undefined;
}

/** What asks for pod, binding and identity in one namespace; undefined when nothing does. */
export function namespaceRule(identity: AzureIdentity, policy: MatchPolicy): NamespaceRule | undefined {
  if (policy.forceNamespaced) return 'force-namespaced';
  if (policy.mode === 'managed') return 'managed-mode';
  return isNamespaced(identity) ? 'identity-annotation' : undefined;
}
