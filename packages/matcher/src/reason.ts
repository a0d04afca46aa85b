import type { ObjectKey, Problem } from '@aad-pod-identity/core';
import type { IdentityRequest } from './identity-request.js';

/** Why rule 4 asks for one namespace. */
export type NamespaceRule = 'force-namespaced' | 'managed-mode' | 'identity-annotation';

/**
 * Why a pod may use an identity, or why not: one for every match and every near miss (docs/spec.md section 3).
 * Plain data, safe to log and to serialise. `describeReason` makes a sentence of it.
 */
export type Reason =
  /** A grant: the binding selects the pod and leads to a usable identity. */
  | {
      readonly code: 'granted';
      readonly pod: ObjectKey;
      readonly label: string;
      readonly binding: ObjectKey;
      readonly identity: ObjectKey;
    }
  /** The binding leads to an identity that an earlier binding gives already. */
  | {
      readonly code: 'granted-already';
      readonly pod: ObjectKey;
      readonly binding: ObjectKey;
      readonly identity: ObjectKey;
      readonly through: ObjectKey;
    }
  | { readonly code: 'no-label'; readonly pod: ObjectKey }
  | { readonly code: 'pod-unscheduled'; readonly pod: ObjectKey }
  | { readonly code: 'pod-finished'; readonly pod: ObjectKey; readonly phase: string }
  /** No binding has the pod's label value as its selector. */
  | { readonly code: 'no-binding'; readonly pod: ObjectKey; readonly label: string }
  /** Only in an explanation of one pod and one identity: the binding would lead there, but selects other pods. */
  | {
      readonly code: 'selector-mismatch';
      readonly pod: ObjectKey;
      readonly label: string;
      readonly binding: ObjectKey;
      readonly selector: string;
      readonly identity: ObjectKey;
    }
  /** Only in an explanation of one pod and one identity: no binding anywhere leads to the identity. */
  | { readonly code: 'identity-unbound'; readonly pod: ObjectKey; readonly identity: ObjectKey }
  | {
      readonly code: 'identity-missing';
      readonly pod: ObjectKey;
      readonly label: string;
      readonly binding: ObjectKey;
      readonly identity: ObjectKey;
    }
  | {
      readonly code: 'identity-invalid';
      readonly pod: ObjectKey;
      readonly label: string;
      readonly binding: ObjectKey;
      readonly identity: ObjectKey;
      readonly problem: Problem;
    }
  | {
      readonly code: 'namespace-mismatch';
      readonly pod: ObjectKey;
      readonly label: string;
      readonly binding: ObjectKey;
      readonly identity: ObjectKey;
      readonly rule: NamespaceRule;
    }
  /** The request named an identity, and the pod has grants, but none with it. */
  | {
      readonly code: 'not-among-grants';
      readonly pod: ObjectKey;
      readonly requested: IdentityRequest;
      readonly granted: readonly ObjectKey[];
    };

/** Machine-readable part of a {@link Reason}: stable, for logs, metrics, conditions and answers. */
export type ReasonCode = Reason['code'];
