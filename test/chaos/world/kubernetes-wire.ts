import type { Clock } from '@aad-pod-identity/core';
import {
  KubernetesError,
  type Connection,
  type KubernetesRequest,
  type KubernetesResponse,
} from '@aad-pod-identity/kubernetes';
import type { KubernetesApi, KubernetesObject, Watch } from '@aad-pod-identity/simulator';
import { RequestDeadline } from '../../../packages/kubernetes/src/request-deadline.js';
import { answer, targetOf, type Answer, type Target } from './api-server.js';
import { KubernetesFaults } from './kubernetes-faults.js';
import { Knowledge } from './knowledge.js';
import { WatchChannel } from './watch-channel.js';
import { never, type Delays, type Fate, type WiredProcess } from './wired-process.js';

/** Who looks on. Synchronous, at the moment that it happens. */
export interface KubernetesObserver {
  /** A process sends a request. */
  sent(process: WiredProcess, request: KubernetesRequest, target: Target): void;
  /** The API server has answered it; `before` is the object that it names, as it was. */
  served(
    process: WiredProcess,
    request: KubernetesRequest,
    target: Target,
    before: KubernetesObject | undefined,
    answer: Answer,
  ): void;
  /** A process hears who holds the lease. */
  heardOfLease(process: WiredProcess, lease: KubernetesObject): void;
}

interface RunningWatch {
  readonly channel: WatchChannel;
  readonly resource: string;
  watch: Watch | undefined;
  stop: () => void;
}

/** What a wire is laid between. */
export interface KubernetesWireOptions {
  readonly process: WiredProcess;
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly delays: Delays;
  readonly observer: KubernetesObserver;
  /** Somebody else changes this object. */
  readonly race: (target: Target) => void;
}

const leases = 'leases.coordination.k8s.io';

/** The way of one process to the API server, with delays and faults: requests arrive even if nobody waits any more. */
export class KubernetesWire implements Connection {
  readonly server = 'https://kubernetes.invalid';
  readonly faults: KubernetesFaults = new KubernetesFaults();
  readonly knowledge: Knowledge = new Knowledge();
  /** Whether a list has been older than what there was. */
  hasHadOldLists = false;
  readonly #options: KubernetesWireOptions;
  readonly #watches = new Set<RunningWatch>();

  constructor(options: KubernetesWireOptions) {
    this.#options = options;
  }

  request(request: KubernetesRequest): Promise<KubernetesResponse> {
    const { process, observer } = this.#options;
    if (process.life.dead) return never();
    const fate = request.method === 'GET' ? 'lives' : process.effect();
    if (fate === 'dies-before') {
      process.kill();
      return never();
    }
    const target = targetOf(request);
    const what = `${request.method} ${request.path}`;
    const deadline = new RequestDeadline(process.life, what, request.timeoutMs ?? 30_000, request.signal);
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        deadline.end();
        reject(deadline.signal.reason as Error);
      };
      if (deadline.signal.aborted) return fail();
      observer.sent(process, request, target);
      deadline.signal.addEventListener('abort', fail);
      const lose = (why: string): void => {
        deadline.signal.removeEventListener('abort', fail);
        deadline.end();
        reject(new KubernetesError('network', `${what}: ${why}`));
      };
      this.#arrive(request, target, fate, deadline, resolve, lose);
    });
  }

  async close(): Promise<void> {
    this.cutWatches();
  }

  /** Cuts the watches of the resources that `matches` says, or all. */
  cutWatches(matches: (resource: string) => boolean = () => true): void {
    for (const entry of [...this.#watches]) {
      if (!matches(entry.resource)) continue;
      entry.stop();
      entry.channel.cut(new KubernetesError('network', 'the connection of the watch broke'));
      this.#watches.delete(entry);
    }
  }

  /** From now on no running watch says a word: neither events, nor how far they go, nor that it is over. */
  silenceWatches(): void {
    for (const entry of this.#watches) entry.stop();
  }

  #arrive(
    request: KubernetesRequest,
    target: Target,
    fate: Fate,
    deadline: RequestDeadline,
    resolve: (response: KubernetesResponse) => void,
    lose: (why: string) => void,
  ): void {
    const { clock, delays, process } = this.#options;
    const { life } = process;
    const later = (ms: number, callback: () => void): void => {
      clock.after(ms, () => life.deliver(callback));
    };
    const serve = (): void => {
      if (this.faults.away === 'hangs') return;
      if (this.faults.away === 'refuses') return later(1, () => lose('connect ECONNREFUSED'));
      const served = this.#serve(request, target);
      if (fate === 'dies-after') process.kill();
      if (request.method !== 'GET' && this.faults.lostAnswers > 0) {
        this.faults.lostAnswers--;
        return later(delays.answer(), () => lose('socket hang up'));
      }
      later(delays.answer(), () => {
        if (!deadline.signal.aborted) resolve(this.#response(request, target, served, deadline));
      });
    };
    const delay = delays.request();
    if (delay === 0) serve();
    else clock.after(delay, serve);
  }

  #serve(request: KubernetesRequest, target: Target): Answer {
    const { api, process, observer } = this.#options;
    if (request.query?.['watch'] === true) return { status: 200, body: undefined };
    const failure = this.faults.failures.shift();
    const isObjectWrite = request.method !== 'GET' && target.name !== undefined;
    if (isObjectWrite && target.resource !== leases && this.faults.races > 0) {
      this.faults.races--;
      this.#options.race(target);
    }
    const key = { namespace: target.namespace, name: target.name ?? '' };
    const before = isObjectWrite ? api.objects.find(target.resource, key) : undefined;
    const served = failure === undefined ? answer(api, this.#aged(request)) : failingAnswer(failure);
    observer.served(process, request, target, before, served);
    return served;
  }

  /** A list may be asked for as it was. */
  #aged(request: KubernetesRequest): KubernetesRequest {
    if (request.method !== 'GET' || targetOf(request).name !== undefined) return request;
    const back = this.faults.staleLists.shift();
    if (back === undefined) return request;
    const { resourceVersion } = this.#options.api.objects.list('namespaces');
    const query = {
      ...request.query,
      resourceVersion: String(Math.max(1, Number(resourceVersion) - back)),
      resourceVersionMatch: 'Exact',
    };
    const aged = answer(this.#options.api, { ...request, query });
    if (aged.status !== 200) return request;
    this.hasHadOldLists = true;
    return { ...request, query };
  }

  #response(
    request: KubernetesRequest,
    target: Target,
    { status, body }: Answer,
    deadline: RequestDeadline,
  ): KubernetesResponse {
    const isWatch = request.query?.['watch'] === true;
    const retryAfter = (body as { details?: { retryAfterSeconds?: number } } | undefined)?.details
      ?.retryAfterSeconds;
    if (!isWatch && status < 400) this.#told(request, target, body);
    return {
      status,
      headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
      json: async () => {
        deadline.end();
        return body;
      },
      lines: () => this.#watch(request, target, deadline),
    };
  }

  #told(request: KubernetesRequest, target: Target, body: unknown): void {
    const { process, observer } = this.#options;
    if (target.resource === leases) observer.heardOfLease(process, body as KubernetesObject);
    const { items, metadata } = body as { items?: KubernetesObject[]; metadata?: { continue?: string } };
    if (request.method === 'GET' && items !== undefined && metadata?.continue === undefined)
      this.knowledge.listed(target.resource, items);
  }

  async *#watch(
    request: KubernetesRequest,
    target: Target,
    deadline: RequestDeadline,
  ): AsyncGenerator<string, void> {
    const { api, clock, delays, process, observer } = this.#options;
    const { life } = process;
    const { query = {} } = request;
    const channel = new WatchChannel(clock, (callback) => life.deliver(callback));
    const entry: RunningWatch = {
      channel,
      resource: target.resource,
      watch: undefined,
      stop: () => {
        cancelTimeout();
        entry.watch?.stop();
      },
    };
    const send = (type: string, object: KubernetesObject): void =>
      channel.send(JSON.stringify({ type, object }), delays.watch() + this.faults.watchLagMs, () => {
        if (type === 'ERROR' || type === 'BOOKMARK') return;
        if (target.resource === leases) observer.heardOfLease(process, object);
        else this.knowledge.told(target.resource, type, object);
      });
    const text = (name: string): string | undefined =>
      query[name] === undefined ? undefined : String(query[name]);
    deadline.lift();
    const stop = (): void => channel.end(0, deadline.signal.reason as Error);
    deadline.signal.addEventListener('abort', stop);
    this.#watches.add(entry);
    const cancelTimeout = clock.after(Number(query['timeoutSeconds'] ?? 3600) * 1000, () => {
      entry.watch?.bookmark();
      entry.watch?.stop();
      channel.end(delays.watch());
    });
    try {
      if (!this.faults.silent) {
        entry.watch = api.objects.watch(
          target.resource,
          (event) => {
            if (event.type === 'BOOKMARK') send('BOOKMARK', bookmark(event.revision));
            else if (event.type === 'ERROR') send('ERROR', event.status as unknown as KubernetesObject);
            else send(event.type, event.object);
          },
          {
            namespace: target.namespace,
            labelSelector: text('labelSelector'),
            fieldSelector: text('fieldSelector'),
            resourceVersion: text('resourceVersion'),
            allowWatchBookmarks: true,
            onEnd: () => channel.end(delays.watch()),
          },
        );
      }
      yield* channel.read();
    } finally {
      entry.stop();
      this.#watches.delete(entry);
      deadline.signal.removeEventListener('abort', stop);
      deadline.end();
    }
  }
}

function bookmark(revision: number): KubernetesObject {
  return { metadata: { resourceVersion: String(revision) } } as unknown as KubernetesObject;
}

function failingAnswer({
  status,
  retryAfterSeconds,
}: {
  readonly status: number;
  readonly retryAfterSeconds?: number;
}): Answer {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  const message = 'a fault of the simulation';
  return {
    status,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, message, ...details },
  };
}
