/**
 * Types, decoders and constants of AAD Pod Identity. Pure: no I/O, no clock, no globals.
 *
 * @module
 */
export { aborted, sleep, within, type AbortSignalLike, type Clock } from './clock.js';
export { VirtualClock } from './virtual-clock.js';
export * from './constants.js';
export { isRecord } from './json-object.js';
export { formatProblem, type Problem } from './problem.js';
export type { Decoded } from './decoded.js';
export { compareKeys, compareStrings, keyOf, objectKey, type ObjectKey } from './object-key.js';
export type { ObjectMeta } from './object-meta.js';
export {
  isPodIdentityError,
  PodIdentityError,
  type ErrorCode,
  type PodIdentityErrorOptions,
} from './error.js';
export { redactClientId } from './redact.js';
export { sameClientId } from './client-id.js';
export { formatDuration, parseDuration } from './duration.js';
export {
  parseIdentityResourceId,
  resourceIdKey,
  sameResourceId,
  type IdentityResourceId,
} from './resource-id.js';
export {
  computeResourceKey,
  formatComputeResource,
  parseComputeResource,
  type ComputeResource,
  type ComputeResourceType,
} from './compute-resource.js';
export { parseProviderId, type AzureProviderId } from './provider-id.js';
export {
  decodeAzureIdentity,
  invalidIdentityProblem,
  isNamespaced,
  type AzureIdentity,
  type AzureIdentitySpec,
  type IdentityType,
} from './azure-identity.js';
export {
  decodeAzureIdentityBinding,
  type AzureIdentityBinding,
  type AzureIdentityBindingSpec,
} from './azure-identity-binding.js';
export { READY_REASONS, type ConditionStatus, type ReadyKind, type ReadyReason } from './ready-reasons.js';
export {
  READY,
  encodeConditions,
  nextReady,
  NO_CONDITIONS,
  type JudgedAt,
  type ReadyCondition,
  type StandingConditions,
  type Verdict,
} from './condition.js';
export {
  assignedIdentityKey,
  decodeAzureAssignedIdentity,
  isAssigned,
  type AzureAssignedIdentity,
  type AzureAssignedIdentitySpec,
} from './azure-assigned-identity.js';
export {
  encodeAssignedIdentity,
  type AssignedIdentityInput,
  type AssignedIdentityJson,
} from './encode-assigned-identity.js';
export {
  decodeAzurePodIdentityException,
  type AzurePodIdentityException,
} from './azure-pod-identity-exception.js';
export { assignedIdentityDecoder } from './assigned-identity-decoder.js';
export { Sharing } from './sharing.js';
export { bindingLabel, decodePod, isFinished, type DecodePodOptions, type Pod } from './pod.js';
export { decodeNode, type Node } from './node.js';
export {
  parseCloudConfig,
  type CloudConfig,
  type CloudConfigResult,
  type CloudConfigSource,
  type CloudCredential,
} from './cloud-config.js';
export {
  findCloudEnvironment,
  isCustomCloud,
  type CloudEnvironment,
  type CloudEnvironmentResult,
} from './cloud-environment.js';
