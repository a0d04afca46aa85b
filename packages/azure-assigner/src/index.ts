/**
 * MIC as parts: the work on one compute resource, its queue, Azure behind small interfaces, and the whole program.
 *
 * @module
 */
export { runMic, type MicEffects } from './mic.js';
export { micFlags, type MicFlags } from './mic-flags.js';
export type {
  DryRunAssignment,
  DryRunFinding,
  DryRunIdentity,
  DryRunOutcome,
  DryRunReport,
  DryRunResource,
  DryRunStep,
  DryRunSummary,
} from './dry-run-report.js';
export { Controller, type ControllerOptions, type FinishedRun } from './controller.js';
export { ResourceReconciler } from './resource-reconciler.js';
export type { ReconcileOptions } from './reconcile-options.js';
export type { ResourceOutcome } from './resource-outcome.js';
export { pardonChangedIdentities } from './pardon.js';
export { reconcileUnplaced, type UnplacedReconcilerOptions } from './unplaced-reconciler.js';
export { ReconcileFailure } from './reconcile-failure.js';
export { ReconcileEvents } from './reconcile-events.js';
export {
  AssignmentWriter,
  type AssignedIdentities,
  type AssignmentWriterOptions,
} from './assignment-writer.js';
export { AssignmentConditions, type AssignmentConditionsOptions } from './assignment-conditions.js';
export { ConditionReporter, type ConditionReporterOptions } from './condition-reporter.js';
export {
  kubernetesStatus,
  type JudgedKind,
  type JudgedObject,
  type StatusWriter,
  type StatusWritten,
} from './status-writer.js';
export type { Placement } from './assignment-object.js';
export { assignedIdentityStore } from './assigned-identity-store.js';
export type { AssignedIdentityChange, Cluster, EventReason, EventSubject } from './cluster.js';
export {
  kubernetesCluster,
  type ClusterOperation,
  type KubernetesClusterOptions,
} from './kubernetes-cluster.js';
export { watchCluster, type ClusterWatch, type ClusterWatchOptions } from './cluster-watch.js';
export type { Compute, ComputeFailure, ComputeOutcome } from './compute.js';
export { azureCompute, type AzureComputeOptions, type ComputeCall } from './azure-compute.js';
export type { AzureAccess, AzureHttpClient } from './azure-access.js';
export { azureCredential } from './azure-credential.js';
export { rateLimitedCompute, type ComputeRateLimitOptions } from './compute-rate-limit.js';
export type { RateLimit } from './token-buckets.js';
export { fencedCompute } from './fenced-compute.js';
export type { IdentityReader } from './identity-reader.js';
export { azureIdentityReader, type AzureIdentityReaderOptions } from './azure-identity-reader.js';
export {
  followCloudConfig,
  readCloudConfig,
  type CloudConfigPlace,
  type ConfigFiles,
  type FollowCloudConfigOptions,
} from './cloud-config-file.js';
