/**
 * The work of one term as leader: everything that writes, from taking the lease to losing it.
 *
 * @module
 */
import { within, type Clock } from '@aad-pod-identity/core';
import {
  EventRecorder,
  KubernetesError,
  fencedConnection,
  isKubernetesError,
  type Connection,
  type LeaderTerm,
} from '@aad-pod-identity/kubernetes';
import type { AssignmentIndex, MatchPolicy } from '@aad-pod-identity/matcher';
import type { Logger } from '@aad-pod-identity/program';
import { assignedIdentityStore } from './assigned-identity-store.js';
import { AssignmentConditions } from './assignment-conditions.js';
import { AssignmentWriter } from './assignment-writer.js';
import type { AzureLink } from './azure-link.js';
import type { ClusterWatch } from './cluster-watch.js';
import { ConditionReporter } from './condition-reporter.js';
import { Controller, unplacedKey } from './controller.js';
import { fencedCompute } from './fenced-compute.js';
import { kubernetesCluster, type ClusterOperation } from './kubernetes-cluster.js';
import type { MicMetrics } from './mic-metrics.js';
import type { MicOptions } from './mic-options.js';
import { pardonChangedIdentities } from './pardon.js';
import { ObjectBackoff } from './object-backoff.js';
import { ReconcileEvents } from './reconcile-events.js';
import { messageOf } from './reconcile-failure.js';
import { ResourceReconciler } from './resource-reconciler.js';
import type { RunLog } from './run-log.js';
import { kubernetesStatus } from './status-writer.js';
import { reconcileUnplaced } from './unplaced-reconciler.js';
import { reportUnresolvedNodes } from './unresolved-nodes.js';

/** What a term works with. */
export interface MicTermOptions {
  readonly options: MicOptions;
  readonly connection: Connection;
  readonly azure: AzureLink;
  readonly index: AssignmentIndex;
  readonly policy: MatchPolicy;
  readonly watch: ClusterWatch;
  readonly metrics: MicMetrics;
  readonly log: Logger;
  readonly runs: RunLog;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A running term. */
export interface MicTerm {
  readonly controller: Controller;
  /**
   * Begins nothing more, lets the runs under way end and the events out, each within bounds. Resolves at once where the
   * term ends meanwhile.
   */
  windUp(): Promise<void>;
  /** Ends the work; resolves when nothing of it is under way any more. What is not written by then never is. */
  end(reason: Error): Promise<void>;
}

/** How long runs may go on after a stop, in milliseconds. A PATCH of a scale set takes longer: Azure finishes it alone. */
const runsWindUpMs = 8_000;
const eventsWindUpMs = 3_000;
/** All of it, for whoever renews the lease meanwhile. Kubernetes kills after 30 s unless a manifest says otherwise. */
export const windUpMs: number = runsWindUpMs + eventsWindUpMs + 1_000;

/** Begins the work of a term. Nothing of it is written once the term is over, whatever is under way then. */
export function beginTerm(term: LeaderTerm, context: MicTermOptions): MicTerm {
  const { options, index, policy, watch, metrics, log, runs, clock, random } = context;
  const connection = fencedConnection(context.connection, term);
  const recorder = new EventRecorder({
    connection,
    clock,
    random,
    component: 'aad-pod-identity-mic',
    host: options.instance,
    onDropped: ({ reason }) => log.debug({ reason }, 'an event was dropped'),
  });
  const onError = (operation: ClusterOperation): void => metrics.writeFailed(operation);
  const cluster = runs.cluster(
    metrics.measured(
      kubernetesCluster({
        connection,
        events: recorder,
        known: (version) => watch.assigned.versioned(version),
        onError,
      }),
    ),
  );
  const assigned = assignedIdentityStore(watch.assigned);
  const onNotice = (message: string): void => log.info(message);
  const conditions = new AssignmentConditions({ clock, onUnsupported: onNotice });
  const writer = new AssignmentWriter({ cluster, index, assigned, policy, clock, conditions });
  const events = new ReconcileEvents(cluster, (grant, why) => runs.quarantined(grant, why));
  const { identities, bindings } = watch;
  const reporter = new ConditionReporter({
    identities,
    bindings,
    matches: index.matches,
    reader: context.azure.reader,
    status: kubernetesStatus(connection),
    cluster,
    clock,
    random,
    onTrouble: (message) => log.warn(message),
    onNotice,
    onDetail: (message) => log.debug(message),
  });
  const { createDeleteBatch: batch } = options;
  const reconciler = new ResourceReconciler({
    index,
    compute: runs.compute(fencedCompute(context.azure.compute, term)),
    reader: context.azure.reader,
    writer,
    events,
    clock,
    graceMs: options.unassignGraceMs,
    reconcileMs: options.reconcileMs,
    batch,
    onOutcome: (key, outcome) => {
      metrics.quarantined(key, outcome?.refused.size ?? 0);
      reporter.ran(key, outcome);
    },
  });
  const backoff = new ObjectBackoff(clock);
  const controller = new Controller({
    index,
    clock,
    random,
    reconcileResource: (key, signal) => runs.during(key, () => reconciler.run(key, signal)),
    resourceChanged: (key) => reconciler.changed(key),
    reconcileUnplaced: () =>
      runs.during(unplacedKey, () => reconcileUnplaced({ index, writer, events, batch, backoff })),
    syncMs: options.syncMs,
    backoffMs: options.retryMs,
    // Whatever failed is looked at again within the interval in which drift is found.
    maxBackoffMs: Math.min(options.reconcileMs, 300_000),
    onRun: ({ key, seconds }) => {
      metrics.ran(seconds);
      log.debug({ resource: key, seconds }, 'run ended');
    },
    onFailure: (key, error, retryInMs) => {
      if (term.leading.aborted || isKubernetesError(error, 'aborted')) return;
      const run = runs.idOfFailed(error);
      log.warn({ run, resource: key, retryInMs: Math.round(retryInMs ?? 0) }, messageOf(error));
    },
    onDepth: (depth) => metrics.depth(depth),
  });
  void context.azure.prepare(term.leading);
  const stopReporting = reportUnresolvedNodes(watch.nodes, cluster, clock);
  const stopPardoning = pardonChangedIdentities(identities, reconciler);
  const stopTelling = async (): Promise<void> => {
    stopReporting();
    stopPardoning();
    await reporter.stop();
  };
  return {
    controller,
    async windUp() {
      void stopTelling();
      await within(clock, runsWindUpMs, controller.drain(), term.leading);
      await controller.stop(new KubernetesError('aborted', 'this instance is stopping'));
      if (!term.leading.aborted) await recorder.flush(eventsWindUpMs);
    },
    async end(reason) {
      recorder.stop();
      await stopTelling();
      await controller.stop(reason);
      metrics.ended();
    },
  };
}
