/**
 * NMI's way of a request, from its socket to IMDS, over a cluster that a test makes event by event.
 *
 * @module
 */
import { type Clock, type Pod } from '@aad-pod-identity/core';
import type { ClusterEvent, MatchPolicy } from '@aad-pod-identity/matcher';
import { systemClock } from '@aad-pod-identity/program';
import type { WaitBounds } from '../authorization/authorize.js';
import { Waiters } from '../authorization/waiters.js';
import type { PodLookup } from '../caller/pod-lookup.js';
import { CallerResolver } from '../caller/resolve-caller.js';
import { ClusterView } from '../cluster/cluster-view.js';
import { ImdsClient } from '../imds/imds-client.js';
import { UpstreamLimiter } from '../token/upstream-limiter.js';
import type { RequestRules } from '../request/classify.js';
import type { Refusal } from '../request/refusal.js';
import { createApp } from '../server/app.js';
import { listen, type ListenLimits } from '../server/listener.js';
import { RequestHandler } from '../server/request-handler.js';
import type { ConnectionLimits, CutReason } from '../server/connection-table.js';
import type { RequestRecord } from '../server/request-record.js';
import { imdsTokenSource } from '../token/imds-token-source.js';
import { TokenCache } from '../token/token-cache.js';
import { TokenService } from '../token/token-service.js';
import type { TokenSource } from '../token/token-source.js';

/** What a test may choose. */
export interface ServedNmiOptions {
  readonly imdsPort: number;
  readonly policy?: MatchPolicy;
  readonly rules?: Partial<RequestRules>;
  readonly bounds?: Partial<WaitBounds>;
  readonly waitersPerPod?: number;
  readonly requestsPerAddress?: number;
  readonly limits?: Partial<Omit<ListenLimits, 'connections'>> & {
    readonly connections?: Partial<ConnectionLimits>;
  };
  readonly lookup?: PodLookup;
  /** @default 50 */
  readonly doubtMs?: number;
  readonly servicePrincipals?: TokenSource;
  readonly clock?: Clock;
  /** @default 1000 */
  readonly imdsPerSecond?: number;
}

/** A serving NMI. */
export interface ServedNmi extends AsyncDisposable {
  readonly port: number;
  readonly view: ClusterView;
  readonly waiters: Waiters;
  /** Every answered request, in order. */
  readonly records: RequestRecord[];
  readonly internalErrors: unknown[];
  /** Connections that were cut for the sake of others. */
  readonly cuts: (readonly [string, CutReason])[];
  /** How many connections are open. */
  readonly connections: () => number;
  /** How many requests are being answered. */
  readonly underWay: () => number;
  /** While set, every token request is refused with it. */
  unavailable: Refusal | undefined;
  apply(...events: readonly ClusterEvent[]): void;
  /** Stops accepting, and lets what is under way finish. */
  stop(graceMs: number): Promise<void>;
}

const nobody: PodLookup = {
  byAddress: () => Promise.resolve<readonly Pod[]>([]),
  byName: () => Promise.resolve(undefined),
  ofNode: () => Promise.resolve(undefined),
};
const noServicePrincipals: TokenSource = { fetch: () => Promise.reject(new Error('none in this test')) };

/** Serves on 127.0.0.1. */
export async function serveNmi(options: ServedNmiOptions): Promise<ServedNmi> {
  const clock = options.clock ?? systemClock;
  const policy = options.policy ?? { mode: 'standard', forceNamespaced: false };
  const view = new ClusterView(policy, 'all');
  const waiters = new Waiters(options.waitersPerPod ?? 16, 64);
  const imdsOptions = { clock, host: '127.0.0.1', port: options.imdsPort };
  const imds = new ImdsClient(imdsOptions);
  const metadata = new ImdsClient(imdsOptions);
  const limiter = new UpstreamLimiter({
    clock,
    upstream: 'the metadata service',
    perSecond: options.imdsPerSecond ?? 1_000,
  });
  const underWay = new Waiters(options.requestsPerAddress ?? 256, 4_096);
  const records: RequestRecord[] = [];
  const internalErrors: unknown[] = [];
  const cuts: (readonly [string, CutReason])[] = [];
  const handler = new RequestHandler({
    clock,
    callers: new CallerResolver({
      view,
      clock,
      lookup: options.lookup ?? nobody,
      waiters: new Waiters(4, 16),
      isNodeAddress: () => false,
      watchLagMs: 50,
      doubtMs: options.doubtMs ?? 50,
    }),
    authorization: {
      view,
      clock,
      waiters,
      bounds: {
        bindingGraceMs: 50,
        createdMs: 100,
        assignedMs: 50,
        longestMs: Infinity,
        answerAtOnce: false,
        ...options.bounds,
      },
    },
    tokens: new TokenService({
      cache: new TokenCache({ clock }),
      managedIdentities: imdsTokenSource({ client: imds, limiter, clock, mode: policy.mode }),
      servicePrincipals: options.servicePrincipals ?? noServicePrincipals,
      measure: (_, fetch) => fetch(),
    }),
    imds,
    metadata,
    limiter,
    unavailable: () => nmi.unavailable,
    onInternalError: (error) => internalErrors.push(error),
  });
  const app = createApp({
    rules: { metadataHeaderRequired: true, blockInstanceMetadata: false, hostToken: true, ...options.rules },
    handler,
    clock,
    underWay,
    onAnswered: (record) => records.push(record),
    onInternalError: (error) => internalErrors.push(error),
  });
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    app,
    clock,
    onRefused: (record) => records.push(record),
    limits: {
      ...{ headerBytes: 16_384, headerMs: 10_000, requestMs: 20_000, idleMs: 30_000 },
      ...options.limits,
      connections: {
        perAddress: 256,
        inAll: 4_096,
        pipelined: 32,
        barMs: 300,
        ...options.limits?.connections,
      },
    },
    onCut: (address, reason) => cuts.push([address, reason]),
  });
  const nmi: ServedNmi = {
    port: listener.port,
    view,
    waiters,
    records,
    internalErrors,
    cuts,
    connections: listener.connections,
    underWay: () => underWay.count,
    unavailable: undefined,
    apply: (...events) => {
      for (const event of events) view.apply(event);
    },
    stop: (graceMs) => listener.close(graceMs),
    [Symbol.asyncDispose]: async () => {
      await listener.close(0);
      imds.close();
      metadata.close();
    },
  };
  return nmi;
}
