import {
  isAssigned,
  keyOf,
  type AssignedIdentityStatus,
  type AzureAssignedIdentity,
  type AzurePodIdentityException,
} from '@aad-pod-identity/core';
import type { AssignmentKey } from './assignment-key.js';
import type { ExceptionDecision } from './exception.js';
import type { Grant } from './grant.js';
import type { IdentityRequest } from './identity-request.js';
import type { PodMatch } from './pod-match.js';
import type { MatchPolicy } from './policy.js';
import type { Reason } from './reason.js';
import { selectGrant } from './selection.js';

/** All that {@link decideTokenRequest} needs to know. */
export interface TokenRequestFacts {
  readonly policy: MatchPolicy;
  readonly exception: ExceptionDecision;
  readonly match: PodMatch;
  readonly request: IdentityRequest;
  /** The AzureAssignedIdentities of an assignment, from the watch. Not asked in managed mode, nor for types 1 and 2. */
  readonly assignedIdentities: (key: AssignmentKey) => readonly AzureAssignedIdentity[];
}

/** Why a grant can't be served yet: state of its AzureAssignedIdentity, none at all, or only one of an earlier node or identity. */
export type Unready = AssignedIdentityStatus | 'missing' | 'outdated';

/** What NMI does with a token request of a known pod. */
export type TokenDecision =
  /** Pass the request on to IMDS unchanged. */
  | { readonly outcome: 'excepted'; readonly exception: AzurePodIdentityException }
  /**
   * Answer 403 or 404, by the reason. `graceApplies`: the pod has the label and only a binding or its identity is missing, which may be on its
   * way: wait for the watch up to `--binding-grace` first.
   */
  | {
      readonly outcome: 'denied';
      readonly reason: Reason;
      readonly reasons: readonly Reason[];
      readonly graceApplies: boolean;
    }
  /** The grant stands, its AzureAssignedIdentity is not `Assigned` yet: wait for the watch, then answer 503. */
  | { readonly outcome: 'waits'; readonly grant: Grant; readonly status: Unready }
  /** Get a token for the grant's identity. */
  | { readonly outcome: 'granted'; readonly grant: Grant };

/**
 * Decides a token request from what is known of the pod, in the order of docs/spec.md section 7: excepted, matched,
 * chosen, and in standard mode for type 0 assigned. The choice comes before the wait, so that which identity a pod gets
 * never depends on timing.
 */
export function decideTokenRequest(facts: TokenRequestFacts): TokenDecision {
  const { policy, exception, match, request } = facts;
  if (exception.excepted !== undefined) return { outcome: 'excepted', exception: exception.excepted };
  const grant = selectGrant(match.grants, request);
  if (grant === undefined) return denial(match, request);
  if (policy.mode === 'managed' || grant.identity.spec.type !== 0) return { outcome: 'granted', grant };
  const unready = whyUnready(grant, facts.assignedIdentities(grant.key));
  return unready === undefined ? { outcome: 'granted', grant } : { outcome: 'waits', grant, status: unready };
}

function denial(match: PodMatch, requested: IdentityRequest): TokenDecision {
  const [first] = match.reasons;
  if (match.grants.length > 0 || first === undefined) {
    const granted = match.grants.map((grant) => keyOf(grant.identity));
    const reason: Reason = { code: 'not-among-grants', pod: keyOf(match.pod), requested, granted };
    return { outcome: 'denied', reason, reasons: [reason, ...match.reasons], graceApplies: false };
  }
  const graceApplies = match.reasons.some(({ code }) => code === 'no-binding' || code === 'identity-missing');
  return { outcome: 'denied', reason: first, reasons: match.reasons, graceApplies };
}

function whyUnready(grant: Grant, assigned: readonly AzureAssignedIdentity[]): Unready | undefined {
  const current = assigned.filter((candidate) => isFor(grant, candidate));
  if (current.some(isAssigned)) return undefined;
  return current[0]?.status ?? (assigned.length > 0 ? 'outdated' : 'missing');
}

/** An object of another node or another Azure resource tells nothing about what this node's VM has. */
function isFor({ pod, identity }: Grant, { spec }: AzureAssignedIdentity): boolean {
  return spec.nodeName === pod.nodeName && spec.azureIdentityRef.resource?.key === identity.resource?.key;
}
