/**
 * Which pod may use which Azure identity, and what has to be attached where. Pure: objects in, decisions out.
 *
 * @module
 */
export { DEFAULT_POLICY, type MatchPolicy } from './policy.js';
export { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';
export {
  assignmentKey,
  keyOfAssigned,
  keyOfAssignment,
  tupleOf,
  type AssignmentKey,
  type AssignmentTuple,
} from './assignment-key.js';
export { compareGrants, type Grant } from './grant.js';
export type { NamespaceRule, Reason, ReasonCode } from './reason.js';
export { namesIdentity, type IdentityRequest } from './identity-request.js';
export type { PodMatch } from './pod-match.js';
export { decideException, type ExceptionDecision, type ExceptionMatch } from './exception.js';
export { decideTokenRequest, type TokenDecision, type TokenRequestFacts } from './token-decision.js';
export { selectGrant } from './selection.js';
export type { AssignmentChange, AssignmentDifference } from './assignment-change.js';
export type { AttachedBy, Attachment, Detachment, Kept, Protected, ResourcePlan } from './resource-plan.js';
export type { ClusterEvent, WatchedKind, WatchedKinds } from './cluster-event.js';
export { MatchIndex } from './match-index.js';
export { AssignedIdentityIndex } from './assigned-identity-index.js';
export { AssignmentIndex, type AssignmentEffect } from './assignment-index.js';
export {
  maxIdentitiesPerPatch,
  planIdentityPatches,
  readResourceIdentities,
  type AttachedIdentity,
  type IdentityBlockType,
  type IdentityPatch,
  type ResourceIdentities,
} from './identity-patch.js';
export { blameIdentities, type ArmFailure, type IdentityBlame } from './identity-blame.js';
