import {
  compareKeys,
  invalidIdentityProblem,
  isNamespaced,
  type AzureIdentity,
  type AzureIdentityBinding,
  type ObjectKey,
} from '@aad-pod-identity/core';
import type { MatchPolicy } from './policy.js';
import type { NamespaceRule } from './reason.js';

/** A binding with all of docs/spec.md section 3 that does not depend on the pod: judged once for all pods it selects. */
export interface JudgedBinding {
  readonly binding: AzureIdentityBinding;
  /** The AzureIdentity that it names, in its own namespace; undefined when there is none. */
  readonly identity: AzureIdentity | undefined;
  /** Rule 3: why it gives nothing to any pod. */
  readonly obstacle: 'identity-missing' | 'identity-invalid' | undefined;
  /** Rule 4: what asks for pods of its own namespace; undefined when nothing does. */
  readonly namespaceRule: NamespaceRule | undefined;
  /** Second half of the keys of its assignments: `/{identityNamespace}/{identity}`. */
  readonly keySuffix: string;
}

/** Judges a binding and the identity that it names, if there is one. */
export function judgeBinding(
  binding: AzureIdentityBinding,
  identity: AzureIdentity | undefined,
  policy: MatchPolicy,
): JudgedBinding {
  const { namespace, name } = identityNamedBy(binding);
  return {
    binding,
    identity,
    obstacle:
      identity === undefined
        ? 'identity-missing'
        : isUsable(identity, policy)
          ? undefined
          : 'identity-invalid',
    namespaceRule: namespaceRuleOf(identity, policy),
    keySuffix: `/${namespace}/${name}`,
  };
}

/** Orders bindings as they are considered: by (namespace, name). */
export function compareJudged(a: JudgedBinding, b: JudgedBinding): number {
  return compareKeys(a.binding, b.binding);
}

/** Key of the identity that a binding names, whether it exists or not. */
export function identityNamedBy(binding: AzureIdentityBinding): ObjectKey {
  return { namespace: binding.namespace, name: binding.spec.azureIdentity };
}

/** Whether an identity may be granted: in managed mode an invalid `resourceID` is reported only. */
export function isUsable(identity: AzureIdentity, policy: Pick<MatchPolicy, 'mode'>): boolean {
  if (policy.mode === 'managed') return identity.spec.type !== undefined;
  return invalidIdentityProblem(identity) === undefined;
}

function namespaceRuleOf(
  identity: AzureIdentity | undefined,
  policy: MatchPolicy,
): NamespaceRule | undefined {
  if (policy.forceNamespaced) return 'force-namespaced';
  if (policy.mode === 'managed') return 'managed-mode';
  return identity !== undefined && isNamespaced(identity) ? 'identity-annotation' : undefined;
}
