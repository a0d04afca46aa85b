import type {
  AzureAssignedIdentity,
  AzurePodIdentityException,
  AssignedIdentityStatus,
} from '@aad-pod-identity/core';
import type { AssignmentKey } from './assignment-key.js';
import type { ExceptionDecision } from './exception.js';
import type { Grant } from './grant.js';
import type { IdentityRequest } from './identity-request.js';
import type { PodMatch } from './pod-match.js';
import type { MatchPolicy } from './policy.js';
import type { Reason } from './reason.js';

/** All that {@link decideTokenRequest} needs to know. */
export interface TokenRequestFacts {
  readonly policy: MatchPolicy;
  readonly exception: ExceptionDecision;
  readonly match: PodMatch;
  readonly request: IdentityRequest;
  /** The AzureAssignedIdentities of an assignment, from the watch. Not asked in managed mode, nor for types 1 and 2. */
  readonly assignedIdentities: (key: AssignmentKey) => readonly AzureAssignedIdentity[];
}

/** What NMI does with a token request of a known pod. */
export type TokenDecision =
  /** Pass the request on to IMDS unchanged. */
  | { readonly outcome: 'excepted'; readonly exception: AzurePodIdentityException }
  /**
   * Answer 404. `graceApplies`: the pod has the label and only a binding or its identity is missing, which may be on its
   * way: wait for the watch up to `--binding-grace` first.
   */
  | {
      readonly outcome: 'denied';
      readonly reason: Reason;
      readonly reasons: readonly Reason[];
      readonly graceApplies: boolean;
    }
  /** The grant stands, its AzureAssignedIdentity is not `Assigned` yet: wait for the watch, then answer 503. */
  | {
      readonly outcome: 'waits';
      readonly grant: Grant;
      readonly status: AssignedIdentityStatus | 'missing' | 'outdated';
    }
  /** Get a token for the grant's identity. */
  | { readonly outcome: 'granted'; readonly grant: Grant };

/** Decides a token request from what is known of the pod, in the order of docs/spec.md section 7. */
export declare function decideTokenRequest(facts: TokenRequestFacts): TokenDecision;
