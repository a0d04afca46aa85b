/**
 * The parts of NMI that decide and answer, put together.
 *
 * @module
 */
import { type Clock } from '@aad-pod-identity/core';
import {
  EventRecorder,
  ResourceClient,
  toKubernetesError,
  type Connection,
} from '@aad-pod-identity/kubernetes';
import type { Logger } from '@aad-pod-identity/program';
import { Waiters } from './authorization/waiters.js';
import { apiPodLookup } from './caller/pod-lookup.js';
import { CallerResolver } from './caller/resolve-caller.js';
import { ClusterView } from './cluster/cluster-view.js';
import { startClusterWatch, type ClusterWatch } from './cluster/cluster-watch.js';
import { secrets } from './cluster/watched-kinds.js';
import { ImdsClient } from './imds/imds-client.js';
import { UpstreamLimiter } from './token/upstream-limiter.js';
import type { NmiMetrics } from './nmi-metrics.js';
import type { NmiOptions } from './nmi-options.js';
import { refuse, type Refusal } from './request/refusal.js';
import { RequestReport } from './request-report.js';
import { createApp, type App } from './server/app.js';
import { RequestHandler } from './server/request-handler.js';
import type { Authorities } from './token/authority.js';
import { imdsTokenSource } from './token/imds-token-source.js';
import type { OpenPfx } from './token/open-pfx.js';
import { servicePrincipalTokenSource } from './token/service-principal-token-source.js';
import { TokenCache } from './token/token-cache.js';
import { TokenService } from './token/token-service.js';

/** What the parts are made from. */
export interface ServicesContext {
  readonly options: NmiOptions;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: NmiMetrics;
  readonly isNodeAddress: (address: string) => boolean;
  readonly authorities: Authorities;
  readonly openPfx: OpenPfx;
  readonly entraCa?: string | undefined;
}

/** NMI without its sockets. */
export interface NmiServices {
  readonly app: App;
  readonly watch: ClusterWatch;
  readonly report: RequestReport;
  /** Refuses token requests from now on, also those that wait. */
  stopAnswering(): void;
  /** Sends what is still to be told, and closes the connections to IMDS. */
  close(): Promise<void>;
}

/** Unknown addresses wait in places of their own, so that they cannot take those of known pods. */
const unknownCallersPerAddress = 4;
const unknownCallersInAll = 128;
/** Of so many pods is remembered what events there were: twice as many as a large node has at once. */
const podsTold = 512;
const watchLagMs = 1_500;
const doubtMs = 5_000;
const lastEventsMs = 2_000;

/** Puts the parts together and starts the watches, which end with `signal`. */
export function startServices(context: ServicesContext, signal: AbortSignal): NmiServices {
  const { options, connection, clock, random, log, metrics } = context;
  const { node, policy, bounds, limits } = options;
  const failed = (operation: string) => (error: unknown) => {
    metrics.kubernetesError(operation);
    log.warn(`${operation}: ${toKubernetesError(error).message}`);
  };
  const events = new EventRecorder({
    connection,
    clock,
    random,
    component: 'aad-pod-identity-nmi',
    host: node,
    mostObjects: podsTold,
  });
  const report: RequestReport = new RequestReport({
    log,
    clock,
    metrics,
    events,
    uidOf: (pod) => view.pod(pod)?.uid,
  });
  const view = new ClusterView(policy, options.exceptionMatch, (pod, exception) =>
    report.formerlyExcepted(pod, exception),
  );
  const cache = new TokenCache({ clock, onOutcome: (outcome) => metrics.cacheOutcome(outcome) });
  const internalError = (error: unknown): void =>
    log.error({ err: error instanceof Error ? error.stack : String(error) }, 'internal error');
  const watch = startClusterWatch(
    {
      connection,
      clock,
      random,
      node,
      mode: policy.mode,
      view,
      onTrouble: (message) => log.warn(message),
      onError: internalError,
      onIdentityGone: (uid) => cache.forget(uid),
    },
    signal,
  );

  let stopping = false;
  const imdsOptions = { clock, host: options.metadataIp, port: options.metadataPort };
  const imds = new ImdsClient(imdsOptions);
  const metadata = new ImdsClient(imdsOptions);
  const limiter = new UpstreamLimiter({ clock, upstream: 'the metadata service of this VM' });
  const waiters = new Waiters(limits.waiting.perPod, limits.waiting.inAll);
  const secretClient = new ResourceClient(connection, secrets);
  const readSecret: Parameters<typeof servicePrincipalTokenSource>[0]['readSecret'] = (key) =>
    secretClient.get(key).catch((error: unknown) => {
      failed('get_secret')(error);
      throw error;
    });
  const handler = new RequestHandler({
    clock,
    callers: new CallerResolver({
      view,
      clock,
      lookup: apiPodLookup({ connection, clock, node, onError: failed('get_pod_list') }),
      waiters: new Waiters(unknownCallersPerAddress, unknownCallersInAll),
      isNodeAddress: context.isNodeAddress,
      watchLagMs,
      doubtMs,
    }),
    authorization: { view, clock, waiters, bounds },
    tokens: new TokenService({
      cache,
      managedIdentities: imdsTokenSource({ client: imds, limiter, clock, mode: policy.mode }),
      servicePrincipals: servicePrincipalTokenSource({
        clock,
        readSecret,
        policy,
        authorities: context.authorities,
        openPfx: context.openPfx,
        limiter: new UpstreamLimiter({ clock, upstream: 'Entra' }),
        ...(context.entraCa === undefined ? {} : { caCertificates: context.entraCa }),
      }),
      measure: (operation, fetch) => metrics.fetch(operation, fetch),
    }),
    imds,
    metadata,
    limiter,
    unavailable: () => (stopping ? shuttingDown : watch.hasSynced ? undefined : notSynced(watch)),
    onInternalError: internalError,
  });
  metrics.observe({
    cachedTokens: () => cache.size,
    waiters: () => waiters.count,
    imdsQueue: () => limiter.queued,
    watchAge: () => watch.ageMs(),
  });
  return {
    app: createApp({
      rules: options.rules,
      handler,
      clock,
      underWay: new Waiters(limits.underWay.perAddress, limits.underWay.inAll),
      onAnswered: (record, milliseconds) => report.answered(record, milliseconds),
      onInternalError: internalError,
    }),
    watch,
    report,
    stopAnswering: () => {
      stopping = true;
      view.signals.emitAll();
    },
    close: async () => {
      await events.flush(lastEventsMs);
      imds.close();
      metadata.close();
    },
  };
}

const shuttingDown = refuse('shutting-down', 'NMI is stopping; ask again.', { 'Retry-After': '2' });

function notSynced(watch: ClusterWatch): Refusal {
  return refuse('not-synced', `NMI has just started and has not read ${watch.notSynced().join(', ')} yet.`, {
    'Retry-After': '2',
  });
}
