/**
 * What MIC would do: the same work over a cluster and an Azure that only take note of it.
 *
 * @module
 */
import {
  compareStrings,
  keyOf,
  objectKey,
  redactClientId,
  sameClientId,
  type AzureAssignedIdentity,
  type AzureIdentity,
  type AzureIdentityBinding,
  type Clock,
  type Node,
  type Pod,
} from '@aad-pod-identity/core';
import type { Lister } from '@aad-pod-identity/kubernetes';
import { findObstacles, type AssignmentIndex, type MatchPolicy } from '@aad-pod-identity/matcher';
import { AssignmentWriter } from './assignment-writer.js';
import type { Compute } from './compute.js';
import { DryRunRecorder } from './dry-run-recorder.js';
import {
  dryRunReport,
  type DryRunFinding,
  type DryRunReport,
  type DryRunResource,
  type NotedResource,
} from './dry-run-report.js';
import type { IdentityReader } from './identity-reader.js';
import { ReconcileEvents } from './reconcile-events.js';
import { messageOf } from './reconcile-failure.js';
import { ResourceReconciler } from './resource-reconciler.js';
import { runLimited } from './run-limited.js';
import { reconcileUnplaced } from './unplaced-reconciler.js';

/** Options of {@link dryRun}. */
export interface DryRunOptions {
  readonly micVersion: string;
  readonly index: AssignmentIndex;
  readonly policy: MatchPolicy;
  /** What the index was made from; complete lists. */
  readonly watched: {
    readonly pods: Lister<Pod>;
    readonly nodes: Lister<Node>;
    readonly identities: Lister<AzureIdentity>;
    readonly bindings: Lister<AzureIdentityBinding>;
    readonly assigned: Lister<AzureAssignedIdentity>;
  };
  /** Objects of the cluster that could not be decoded. */
  readonly unreadable: readonly DryRunFinding[];
  readonly compute: Compute;
  readonly reader: IdentityReader;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How many requests to Azure are under way at once. */
const atOnce = 16;
const mostExamples = 5;

/**
 * Plans everything once, reading from Azure what has to be known, and changes nothing anywhere. Grace periods are
 * taken for over.
 */
export async function dryRun(options: DryRunOptions): Promise<DryRunReport> {
  const { index, policy, watched, clock, signal } = options;
  const { findings, gone } = await judgeIdentities(options);
  const recorder = new DryRunRecorder(index, options.compute, watched.assigned, (id) =>
    gone.has(id.toLowerCase()),
  );
  const { cluster, compute, assigned } = recorder;
  const writer = new AssignmentWriter({ cluster, index, assigned, policy, clock });
  const events = new ReconcileEvents(cluster);
  const reconciler = new ResourceReconciler({
    index,
    compute,
    writer,
    events,
    clock,
    graceMs: 0,
    reconcileMs: Number.POSITIVE_INFINITY,
    batch: 1,
  });
  const resources: NotedResource[] = [];
  await runLimited([...index.resources()].sort(), atOnce, async (key) => {
    const plan = index.planFor(key);
    if (plan === undefined) return;
    const failed = await reconciler.run(key, signal).then(({ problem }) => problem?.message, messageOf);
    const { attached, detached, patches, failure } = recorder.resource(key);
    const problem: DryRunResource['problem'] =
      failure !== undefined
        ? { code: failure.kind, message: failure.message }
        : failed !== undefined
          ? { code: 'failed', message: failed }
          : undefined;
    resources.push({ plan, attached: [...attached], detached: [...detached], patches, problem });
  });
  const problems = await reconcileUnplaced({ index, writer, events, batch: 1 }).then(
    ({ problem }) => (problem === undefined ? [] : [unplacedProblem(problem)]),
    (error: unknown) => [unplacedProblem(error)],
  );
  const snapshot = {
    pods: [...watched.pods.list()],
    nodes: [...watched.nodes.list()],
    identities: [...watched.identities.list()],
    bindings: [...watched.bindings.list()],
  };
  return dryRunReport({
    micVersion: options.micVersion,
    forceNamespaced: policy.forceNamespaced,
    pods: snapshot.pods.length,
    grants: [...index.allDesired()].length,
    resources,
    steps: recorder.steps,
    findings: [...findObstacles(snapshot, policy), ...findings, ...options.unreadable],
    problems,
  });
}

function unplacedProblem(error: unknown): string {
  return `assignments that no VM or scale set has a part in: ${messageOf(error)}`;
}

/** What Azure says of the identities, and the resource IDs (in lower case) for which it has none. */
async function judgeIdentities({ index, watched, reader, signal }: DryRunOptions): Promise<{
  readonly findings: readonly DryRunFinding[];
  readonly gone: ReadonlySet<string>;
}> {
  const users = usersOf(index);
  const findings: DryRunFinding[] = [];
  const gone = new Set<string>();
  await runLimited([...watched.identities.list()], atOnce, async (identity) => {
    const { resource, spec } = identity;
    if (spec.type !== 0 || resource === undefined) return;
    const reading = await reader.read(resource, signal);
    const find = (code: DryRunFinding['code'], message: string): void => {
      const pods = users.get(objectKey(identity)) ?? [];
      findings.push({
        code,
        object: { kind: 'AzureIdentity', ...keyOf(identity) },
        message,
        pods: { count: pods.length, examples: pods.slice(0, mostExamples) },
      });
    };
    if (reading.kind === 'not-found') {
      gone.add(resource.key);
      find('identity-not-in-azure', `Azure has no identity ${resource.id}`);
    } else if (reading.kind === 'found' && !sameClientId(reading.clientId, spec.clientID)) {
      find(
        'client-id-mismatch',
        `spec.clientID is ${redactClientId(spec.clientID)}, but the identity that spec.resourceID names has ${redactClientId(reading.clientId)}`,
      );
    }
  });
  return { findings, gone };
}

/** Pods (`namespace/name`, in order) by the identity that they may use. */
function usersOf(index: AssignmentIndex): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const { pod, identity } of index.allDesired()) {
    const pods = users.get(objectKey(identity)) ?? [];
    users.set(objectKey(identity), pods);
    pods.push(objectKey(pod));
  }
  for (const pods of users.values()) pods.sort(compareStrings);
  return users;
}
