/**
 * Which pod may use which Azure identity, and what has to be attached where. Pure: objects in, decisions out.
 *
 * @module
 */
export { DEFAULT_POLICY, type MatchPolicy } from './policy.js';
export { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';
export { loadSnapshot, type LoadedSnapshot, type ObjectProblem } from './load-snapshot.js';
export { match, matchPod, type MatchResult } from './match.js';
export type { PodMatch } from './pod-match.js';
export { compareGrants, type Grant } from './grant.js';
export type { NamespaceRule, Reason, ReasonCode } from './reason.js';
export { describeReason } from './describe-reason.js';
export type { AccessExplanation } from './explain-access.js';
export { isUsable, type JudgedBinding } from './judged-binding.js';
export { MatchIndex } from './match-index.js';

export { namesIdentity, type IdentityRequest } from './identity-request.js';
export { selectGrant } from './selection.js';
export { decideException, type ExceptionDecision, type ExceptionMatch } from './exception.js';
export {
  decideTokenRequest,
  type TokenDecision,
  type TokenRequestFacts,
  type Unready,
} from './token-decision.js';

export {
  assignmentKey,
  keyOfAssigned,
  keyOfAssignment,
  tupleOf,
  type AssignmentKey,
  type AssignmentTuple,
} from './assignment-key.js';
export { assignmentName, assignmentNamespace, nameAssignments, type Unnamed } from './assignment-name.js';
export type {
  AssignmentChange,
  CreateAssignment,
  DeleteAssignment,
  RetryAssignment,
  UpdateAssignment,
} from './assignment-change.js';
export { notedResource, type AssignmentDifference } from './assignment-difference.js';
export { diffAssignment, diffAssignments, type AssignmentDiff } from './assignment-diff.js';
export { AssignedIdentityIndex } from './assigned-identity-index.js';

export { groupNodes, type ComputeGroup, type ComputeGroups } from './compute-group.js';
export type { PlacedChange, Placeless, Placement } from './assignment-uses.js';
export { attachedByOf } from './resource-usage.js';
export type { AttachedBy, Attachment, Detachment, Kept, ResourcePlan } from './resource-plan.js';
export type { Protected, Protection } from './protected-identities.js';
export { findObstacles, type ConcernedPods, type Finding, type FindingCode } from './findings.js';
export { plan, type Plan } from './plan.js';
export type { ClusterEvent, WatchedKind, WatchedKinds } from './cluster-event.js';
export { AssignmentIndex, type AssignmentEffect } from './assignment-index.js';
export type { StandingAssignment } from './standing-assignment.js';

export {
  maxIdentitiesPerPatch,
  planIdentityPatches,
  readResourceIdentities,
  type AttachedIdentity,
  type IdentityBlockType,
  type IdentityPatch,
  type ResourceIdentities,
} from './identity-patch.js';
export { judgeIdentity, type IdentityFacts, type IdentityReading, type Refusal } from './identity-verdict.js';
export { judgeBindingReady } from './binding-verdict.js';
export {
  judgeAssignment,
  judgeFailure,
  type AssignmentProgress,
  type AttachFailure,
} from './assignment-verdict.js';
export { blameIdentities, type ArmFailure, type IdentityBlame } from './identity-blame.js';
