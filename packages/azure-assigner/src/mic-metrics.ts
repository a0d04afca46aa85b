/**
 * MIC's metrics: the original's by their own names, and further ones (docs/spec.md section 10).
 *
 * @module
 */
import {
  Counter,
  Gauge,
  Histogram,
  durationBuckets,
  metricPrefix,
  type Registry,
} from '@aad-pod-identity/program';
import { computeOperations, type ComputeCall } from './azure-compute.js';
import type { Cluster } from './cluster.js';
import { clusterOperations, type ClusterOperation } from './kubernetes-cluster.js';

/** What of an AAI was written. */
type Write = 'addition' | 'update' | 'deletion';

/** Counts and times what MIC does. */
export class MicMetrics {
  readonly #writes: Record<Write, { readonly count: Counter; readonly seconds: Histogram }>;
  readonly #cycles: { readonly count: Counter; readonly seconds: Histogram };
  readonly #leaderElections: Counter;
  readonly #azure: {
    readonly errors: Counter<'operation_type'>;
    readonly seconds: Histogram<'operation_type'>;
    readonly calls: Counter<'operation_type' | 'outcome'>;
  };
  readonly #clusterErrors: Counter<'operation_type'>;
  readonly #quarantined: Gauge;
  readonly #depth: Gauge<'state'>;
  readonly #quarantinedByResource = new Map<string, number>();

  /** @param watchAgeSeconds - seconds since the API server last spoke of the kind that has been silent longest */
  constructor(registry: Registry, watchAgeSeconds: () => number) {
    const common = { registers: [registry] };
    const counter = <L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> =>
      new Counter({ ...common, name: `${metricPrefix}${name}`, help, labelNames });
    const histogram = <L extends string>(name: string, help: string, labelNames: L[] = []): Histogram<L> =>
      new Histogram({
        ...common,
        name: `${metricPrefix}${name}`,
        help,
        labelNames,
        buckets: [...durationBuckets],
      });
    const write = (kind: Write, help: string): { count: Counter; seconds: Histogram } => ({
      count: counter(`assigned_identity_${kind}_count`, `Assigned identities ${help}.`),
      seconds: histogram(`assigned_identity_${kind}_duration_seconds`, `Seconds until one was ${help}.`),
    });
    this.#writes = {
      addition: write('addition', 'created'),
      update: write('update', 'updated'),
      deletion: write('deletion', 'deleted'),
    };
    this.#cycles = {
      count: counter(
        'mic_cycle_count',
        'Runs, each on one VM or scale set, or on what no such has a part in.',
      ),
      seconds: histogram('mic_cycle_duration_seconds', 'Seconds of one run.'),
    };
    this.#leaderElections = counter(
      'mic_new_leader_election_count',
      'How often this instance became the leader.',
    );
    const label: 'operation_type'[] = ['operation_type'];
    this.#azure = {
      errors: counter('cloud_provider_operations_errors_count', 'Calls to Azure that failed.', label),
      seconds: histogram(
        'cloud_provider_operations_duration_seconds',
        'Seconds of one call to Azure.',
        label,
      ),
      calls: counter('cloud_provider_operations_count', 'Calls to Azure.', ['operation_type', 'outcome']),
    };
    this.#clusterErrors = counter(
      'kubernetes_api_operations_errors_count',
      'Writes to Kubernetes that failed.',
      label,
    );
    // A series that begins with its first error cannot be alerted on by its increase.
    for (const operation_type of computeOperations) this.#azure.errors.inc({ operation_type }, 0);
    for (const operation_type of clusterOperations) this.#clusterErrors.inc({ operation_type }, 0);
    this.#quarantined = new Gauge({
      ...common,
      name: `${metricPrefix}mic_quarantined_identities`,
      help: 'Identities that Azure refuses, counted on each compute resource.',
    });
    this.#depth = new Gauge({
      ...common,
      name: `${metricPrefix}mic_queue_depth`,
      help: 'Compute resources that are ready for a run, waiting for a time, or running.',
      labelNames: ['state'],
    });
    new Gauge({
      ...common,
      name: `${metricPrefix}mic_watch_age_seconds`,
      help: 'Seconds since the API server last spoke of the kind that has been silent longest.',
      collect() {
        this.set(watchAgeSeconds());
      },
    });
  }

  /** A run ended. */
  ran(seconds: number): void {
    this.#cycles.count.inc();
    this.#cycles.seconds.observe(seconds);
  }

  /** This instance leads. */
  becameLeader(): void {
    this.#leaderElections.inc();
  }

  /** A call to Azure ended. */
  called({ operation, seconds, outcome }: ComputeCall): void {
    this.#azure.calls.inc({ operation_type: operation, outcome });
    this.#azure.seconds.observe({ operation_type: operation }, seconds);
    if (outcome !== 'ok') this.#azure.errors.inc({ operation_type: operation });
  }

  /** A write to Kubernetes failed. */
  writeFailed(operation: ClusterOperation): void {
    this.#clusterErrors.inc({ operation_type: operation });
  }

  /** How full the queue is. */
  depth(depth: Readonly<Record<'ready' | 'waiting' | 'running', number>>): void {
    for (const state of ['ready', 'waiting', 'running'] as const) this.#depth.set({ state }, depth[state]);
  }

  /** How many identities of a compute resource are in quarantine. */
  quarantined(resourceKey: string, identities: number): void {
    if (identities === 0) this.#quarantinedByResource.delete(resourceKey);
    else this.#quarantinedByResource.set(resourceKey, identities);
    let sum = 0;
    for (const count of this.#quarantinedByResource.values()) sum += count;
    this.#quarantined.set(sum);
  }

  /** The work of a term is over: what was in quarantine is another instance's now. */
  ended(): void {
    this.#quarantinedByResource.clear();
    this.#quarantined.set(0);
  }

  /** `cluster`, counting and timing what is written. */
  measured(cluster: Cluster): Cluster {
    const timed = async <T>(kind: Write, write: () => Promise<T>): Promise<T> => {
      const stop = this.#writes[kind].seconds.startTimer();
      const result = await write();
      stop();
      this.#writes[kind].count.inc();
      return result;
    };
    return {
      create: (assigned) => timed('addition', () => cluster.create(assigned)),
      find: (namespace, name) => cluster.find(namespace, name),
      replace: (assigned) => timed('update', () => cluster.replace(assigned)),
      update: (assigned, change) => timed('update', () => cluster.update(assigned, change)),
      remove: (assigned) => timed('deletion', () => cluster.remove(assigned)),
      event: (subject, type, reason, message) => cluster.event(subject, type, reason, message),
    };
  }
}
