import type { ObjectKey, Problem } from '@aad-pod-identity/core';
import type { IdentityRequest } from './identity-request.js';

/** Why rule 4 asks for one namespace. */
export type NamespaceRule = 'force-namespaced' | 'managed-mode' | 'identity-annotation';

/** Reason that concerns a pod alone. */
interface AboutPod<Code extends string> {
  readonly code: Code;
  readonly pod: ObjectKey;
}

/** Reason that concerns a binding that selects the pod, or would lead to the identity asked for. */
interface AboutBinding<Code extends string> extends AboutPod<Code> {
  /** Value of the pod's label `aadpodidbinding`. */
  readonly label: string;
  readonly binding: ObjectKey;
  /** The identity that the binding names, whether it exists or not. */
  readonly identity: ObjectKey;
}

/**
 * Why a pod may use an identity, or why not: one for every match and every near miss (docs/spec.md section 3).
 * Plain data, safe to log and to serialise. `describeReason` makes a sentence of it.
 */
export type Reason =
  /** The binding selects the pod and leads to a usable identity. */
  | AboutBinding<'granted'>
  /** The binding leads to an identity that an earlier binding, `through`, gives already. */
  | (AboutBinding<'granted-already'> & { readonly through: ObjectKey })
  | AboutPod<'no-label'>
  | AboutPod<'pod-unscheduled'>
  | (AboutPod<'pod-finished'> & { readonly phase: string })
  /** No binding has the pod's label value as its selector. */
  | (AboutPod<'no-binding'> & { readonly label: string })
  | AboutBinding<'identity-missing'>
  | (AboutBinding<'identity-invalid'> & { readonly problem: Problem })
  | (AboutBinding<'namespace-mismatch'> & { readonly rule: NamespaceRule })
  /** The request named an identity, and the pod has grants, but none with it. */
  | (AboutPod<'not-among-grants'> & {
      readonly requested: IdentityRequest;
      readonly granted: readonly ObjectKey[];
    })
  /** In an explanation of one pod and one identity: the binding would lead there, but selects other pods. */
  | (AboutBinding<'selector-mismatch'> & { readonly selector: string })
  /** In an explanation of one pod and one identity: no binding anywhere leads to the identity. */
  | (AboutPod<'identity-unbound'> & { readonly identity: ObjectKey })
  /** In an explanation of one pod and one identity: there is no such pod. */
  | AboutPod<'pod-unknown'>;

/** Machine-readable part of a {@link Reason}: stable, for logs, metrics, conditions and answers. */
export type ReasonCode = Reason['code'];
