/**
 * What is told of each request: one log line, the metrics, and on a denial an event that `kubectl describe pod` shows.
 *
 * @module
 */
import { objectKey, type Clock, type ObjectKey, type Pod } from '@aad-pod-identity/core';
import type { EventRecorder } from '@aad-pod-identity/kubernetes';
import type { LineForm, Logger } from '@aad-pod-identity/program';
import { LRUCache } from 'lru-cache';
import type { NmiMetrics } from './nmi-metrics.js';
import type { CutReason } from './server/connection-table.js';
import type { RequestRecord } from './server/request-record.js';

/** What {@link RequestReport} works with. */
export interface RequestReportOptions {
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: NmiMetrics;
  readonly events: Pick<EventRecorder, 'record'>;
  /** The uid of a pod of this node. */
  readonly uidOf: (pod: ObjectKey) => string | undefined;
}

/** Of the line of a request; {@link RequestReport.answered} gives their values. */
const lineFields = [
  'operation',
  'outcome',
  'status',
  'reason',
  'address',
  'namespace',
  'pod',
  'identity',
  'clientId',
  'ms',
  'correlationId',
];
const cutLineEachMs = 60_000;
const cutMessages: Readonly<Record<CutReason, string>> = {
  'address-full':
    'connections of this address are refused: it has as many as it may (--max-connections-per-pod)',
  'node-full': 'connections are refused: there are as many as there may be (--max-connections)',
  displaced:
    'connections of this address are closed for others: it has more than any other (--max-connections)',
  pipelined:
    'connections of this address are closed: it sends requests without reading the answers (--max-requests-per-connection)',
  barred:
    'connections of this address are closed: it sent requests without reading the answers a moment ago (--bar-time)',
};

/** Tells of requests. */
export class RequestReport {
  readonly #options: RequestReportOptions;
  readonly #toldFormerlyExcepted = new LRUCache<string, true>({ max: 1_024 });
  /** When a cut was last told, by address and reason; in milliseconds. */
  readonly #toldCut = new LRUCache<string, number>({ max: 1_024 });

  readonly #line: LineForm;

  constructor(options: RequestReportOptions) {
    this.#options = options;
    this.#line = options.log.form(lineFields, ['correlationId']);
  }

  /** A request was answered, or nobody was left to answer. */
  answered(record: RequestRecord, milliseconds: number): void {
    const { metrics, uidOf } = this.#options;
    metrics.request(record, milliseconds);
    const { pod, identity } = record;
    this.#line(
      [
        record.operation,
        record.outcome,
        record.status,
        record.reason,
        record.address,
        pod?.namespace,
        pod?.name,
        identity === undefined ? undefined : objectKey(identity),
        record.clientId,
        Math.round(milliseconds * 100) / 100,
        record.correlationId,
      ],
      record.description ?? record.outcome,
    );
    if (record.outcome !== 'refused' || pod === undefined || record.description === undefined) return;
    if (record.reason === 'shutting-down') return;
    const failed = identity !== undefined || record.status >= 500;
    this.#event(pod, uidOf(pod), failed ? 'TokenFailed' : 'TokenDenied', record.description);
  }

  /** A connection was cut for the sake of others: counted each time, logged once a minute. */
  cut(address: string, reason: CutReason): void {
    const { log, metrics, clock } = this.#options;
    metrics.connectionCut(reason);
    const key = `${reason} ${address}`;
    const now = clock.monotonic();
    if (now < (this.#toldCut.get(key) ?? -Infinity) + cutLineEachMs) return;
    this.#toldCut.set(key, now);
    log.warn({ address, reason }, cutMessages[reason]);
  }

  /** A pod is not excepted, but the original would have let it through: said once, so that a switch surprises nobody. */
  formerlyExcepted(pod: Pod, exception: ObjectKey): void {
    if (this.#toldFormerlyExcepted.has(pod.uid)) return;
    this.#toldFormerlyExcepted.set(pod.uid, true);
    const message = `AzurePodIdentityException ${objectKey(exception)} shares a label with the pod, which was enough for the original; here all its labels must match, so the pod is not excepted. Correct the exception, or run NMI with --exception-match=any.`;
    this.#options.log.warn({ namespace: pod.namespace, pod: pod.name }, message);
    this.#event(pod, pod.uid, 'NotExcepted', message);
  }

  #event({ namespace, name }: ObjectKey, uid: string | undefined, reason: string, message: string): void {
    this.#options.events.record(
      { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
      'Warning',
      reason,
      message,
    );
  }
}
