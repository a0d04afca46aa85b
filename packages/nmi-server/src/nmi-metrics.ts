/**
 * NMI's metrics (section 10 of the contract), with the original's names and labels. Label values are bounded whatever
 * callers send.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import {
  Counter,
  createRegistry,
  durationBuckets,
  Gauge,
  Histogram,
  metricPrefix,
  SeriesHistogram,
  type Registry,
  type Series,
} from '@aad-pod-identity/program';
import type { CutReason } from './server/connection-table.js';
import type { RequestRecord } from './server/request-record.js';
import type { CacheOutcome } from './token/token-cache.js';

/** What is read when the metrics are. */
export interface Measured {
  readonly cachedTokens: () => number;
  readonly waiters: () => number;
  readonly imdsQueue: () => number;
  /** In milliseconds. */
  readonly watchAge: () => number;
}

/** The metrics, ready to be counted on. */
export interface NmiMetrics {
  readonly registry: Registry;
  request(record: RequestRecord, milliseconds: number): void;
  cacheOutcome(outcome: CacheOutcome): void;
  /** Measures a fetch from IMDS or Entra. */
  fetch<T>(operation: string, fetch: () => Promise<T>): Promise<T>;
  /** Counts a failed request to the API server, such as `get_secret`. */
  kubernetesError(operation: string): void;
  /** Counts a connection that was cut for the sake of others. */
  connectionCut(reason: CutReason): void;
  rulesInstalled(): void;
  /** Begins to report how many connections are open. */
  observeConnections(open: () => number): void;
  /** Begins to report whether requests are redirected. */
  observeRules(inPlace: () => boolean): void;
  /** Begins to report what is measured on demand. */
  observe(measured: Measured): void;
}

const maxResources = 50;
/** Over the years a node may see more than are worth a series each. */
const maxNamespaces = 200;

/** Creates the metrics in a registry of their own. */
export function createNmiMetrics(clock: Clock): NmiMetrics {
  const registry = createRegistry();
  const common = { registers: [registry] };
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Histogram<Label> =>
    new Histogram({ ...common, name: metricPrefix + name, help, labelNames, buckets: [...durationBuckets] });
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Counter<Label> => new Counter({ ...common, name: metricPrefix + name, help, labelNames });

  const requests = new SeriesHistogram({
    name: `${metricPrefix}nmi_operations_duration_seconds`,
    help: 'Duration in seconds of NMI operations.',
    labelNames: ['operation_type', 'status_code', 'namespace', 'resource'],
    buckets: durationBuckets,
  });
  registry.registerMetric(requests);
  /** By their labels, none of which can hold a line break but a resource, which is the last. */
  const requestSeries = new Map<string, Series>();
  const imdsDuration = histogram(
    'imds_operations_duration_seconds',
    'Duration in seconds of token fetches.',
    ['operation_type'],
  );
  const imdsErrors = counter('imds_operations_errors_count', 'Token fetches that failed.', [
    'operation_type',
  ]);
  const kubernetesErrors = counter(
    'kubernetes_api_operations_errors_count',
    'Kubernetes API requests that failed.',
    ['operation_type'],
  );
  const outcomes = counter('nmi_token_cache_requests_count', 'Look-ups in the token cache by outcome.', [
    'outcome',
  ]);
  const repairs = counter('nmi_rules_installed_count', 'How often the redirection was put in place.', []);
  const cuts = counter('nmi_connections_cut_count', 'Connections cut for the sake of others, by reason.', [
    'reason',
  ]);
  const resources = new Set<string>();
  const namespaces = new Set<string>();
  const gauge = (name: string, help: string, read: () => number): void =>
    void new Gauge({
      ...common,
      name: metricPrefix + name,
      help,
      collect() {
        this.set(read());
      },
    });

  return {
    registry,
    request: (record, milliseconds) => {
      const { operation, status } = record;
      const namespace = bounded(namespaces, record.pod?.namespace, maxNamespaces);
      // Of resources, those that a token was given for.
      const resource = bounded(resources, record.resource, maxResources);
      const key = `${operation}\n${status}\n${namespace}\n${resource}`;
      let series = requestSeries.get(key);
      if (series === undefined) {
        const labels = { operation_type: operation, status_code: String(status), namespace, resource };
        series = requests.series(labels);
        requestSeries.set(key, series);
      }
      series.observe(milliseconds / 1_000);
    },
    cacheOutcome: (outcome) => outcomes.inc({ outcome }),
    fetch: async (operation, fetch) => {
      const startedAt = clock.monotonic();
      try {
        return await fetch();
      } catch (error) {
        imdsErrors.inc({ operation_type: operation });
        throw error;
      } finally {
        imdsDuration.observe({ operation_type: operation }, (clock.monotonic() - startedAt) / 1_000);
      }
    },
    kubernetesError: (operation) => kubernetesErrors.inc({ operation_type: operation }),
    connectionCut: (reason) => cuts.inc({ reason }),
    rulesInstalled: () => repairs.inc(),
    observeConnections: (open) => gauge('nmi_connections', 'Open connections of callers.', open),
    observeRules: (inPlace) =>
      gauge('nmi_rules_in_place', 'Whether requests of pods are redirected to NMI: 1 or 0.', () =>
        inPlace() ? 1 : 0,
      ),
    observe: (measured) => {
      gauge('nmi_token_cache_size', 'Tokens held.', measured.cachedTokens);
      gauge('nmi_waiters', 'Requests that wait for a binding or an assignment.', measured.waiters);
      gauge('nmi_imds_queue_depth', 'Token fetches that wait for their turn at IMDS.', measured.imdsQueue);
      gauge(
        'watch_age_seconds',
        'Since the API server last spoke of the kind that is silent longest.',
        () => measured.watchAge() / 1_000,
      );
    },
  };
}

/** The first few values by their names, the others as `other`. */
function bounded(known: Set<string>, value: string | undefined, most: number): string {
  if (value === undefined) return '';
  if (!known.has(value) && known.size >= most) return 'other';
  known.add(value);
  return value;
}
