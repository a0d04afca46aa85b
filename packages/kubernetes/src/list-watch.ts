/**
 * Keeps a {@link Store} equal to what the API server has: a paged list, then a watch, for as long as it runs.
 *
 * @module
 */
import { isRecord, sleep, type Clock } from '@aad-pod-identity/core';
import { backoffDelay } from './backoff.js';
import type { Connection } from './connection.js';
import { FailureStreak, isUnreachable } from './failure-streak.js';
import { followAbort } from './follow-abort.js';
import { KubernetesError, toKubernetesError } from './kubernetes-error.js';
import { decodeObject, listAll } from './list-pages.js';
import type { ListWatchState } from './list-watch-state.js';
import { compareResourceVersions, isNewer } from './resource-version.js';
import { objectKey, objectVersion, type Resource, type Undecodable } from './resource.js';
import type { Store } from './store.js';
import { runWatch, type WatchEvent } from './watch-stream.js';

/** Options of a {@link ListWatch}. */
export interface ListWatchOptions<T> {
  readonly connection: Connection;
  readonly resource: Resource<T>;
  readonly store: Store<T, string>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Only this namespace. @default all namespaces */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Called at each change of state. See {@link describeListWatchState} for a line to log. */
  readonly onState?: (state: ListWatchState) => void;
  /**
   * Called for each object that does not decode. It is not in the store, not even its last good version: what cannot
   * be read grants nothing.
   */
  readonly onUndecodable?: (undecodable: Undecodable) => void;
  /** Objects in one page of a list. @default 500 */
  readonly pageSize?: number;
  /** Milliseconds for one page. @default 60000 */
  readonly listTimeoutMs?: number;
  /** Milliseconds without a word on a watch after which it counts as dead. Servers send bookmarks each minute. @default 90000 */
  readonly inactivityMs?: number;
  /** First delay after a failure, in milliseconds; doubles with each further one. @default 250 */
  readonly backoffMs?: number;
  /** The longest delay, in milliseconds. @default 10000 */
  readonly maxBackoffMs?: number;
}

/** A watch that lives at least this long was a good one: what follows it is a first failure again. */
const goodWatchMs = 5_000;
/** Lists older than what was seen are refused this many times in a row; then the cluster itself has gone back. */
const staleListsRefused = 5;
/**
 * After as many answers in a row that make no sense, or watches that break before they bring anything, the resource
 * version may be what is wrong, or too old for all that has happened since to come through: list again.
 */
const badWatchesBeforeRelist = 3;
const longestRetryAfterMs = 300_000;

/**
 * The reflector. Its errors never escape: each becomes a state, and it goes on.
 *
 * @example
 * const listWatch = new ListWatch({ connection, resource: pods, store, clock, random, onState: log });
 * const running = listWatch.run(stop.signal);
 * await listWatch.synced;
 */
export class ListWatch<T> {
  readonly #options: ListWatchOptions<T>;
  readonly #onUndecodable: (undecodable: Undecodable) => void;
  readonly #synced: Promise<void>;
  #resolveSynced: () => void = () => undefined;
  #hasSynced = false;
  #state: ListWatchState = { kind: 'idle' };
  /** Where the next watch begins; `undefined`: list first. */
  #resourceVersion: string | undefined;
  /** The newest version that a list or an event brought: no later list may be older. */
  #newest = '';
  #lastContact = -Infinity;
  readonly #streak = new FailureStreak();
  /** Whether the server accepted the last watch. */
  #opened = false;
  #badWatches = 0;
  #staleLists = 0;
  /** Ends the list, watch or pause under way, to list anew. */
  #interrupt: () => void = () => undefined;
  #relistWaiters: (() => void)[] = [];

  constructor(options: ListWatchOptions<T>) {
    this.#options = options;
    this.#onUndecodable = options.onUndecodable ?? (() => undefined);
    this.#synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  get state(): ListWatchState {
    return this.#state;
  }

  /** Resolves when the store holds the first complete list. Never rejects; stays pending where that never comes. */
  get synced(): Promise<void> {
    return this.#synced;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Milliseconds since the API server last said anything good about this kind; `Infinity` before the first time. */
  contactAgeMs(): number {
    return this.#options.clock.monotonic() - this.#lastContact;
  }

  /**
   * Lists anew, now: a watch that has gone silent may have missed something, which shows only after a while. Resolves when
   * the store holds a list that was asked for after this call; never rejects, and stays pending where that never comes.
   */
  relist(): Promise<void> {
    const done = new Promise<void>((resolve) => this.#relistWaiters.push(resolve));
    this.#interrupt();
    return done;
  }

  /** The server has answered another request: where this one waits because it could not be reached, it goes on now. */
  serverAnswers(): void {
    if (this.#state.kind === 'retrying' && isUnreachable(this.#state.error)) this.#interrupt();
  }

  /** Runs until `signal` aborts; to be called once. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const turn = new AbortController();
      const unfollow = followAbort(signal, () => turn.abort(signal.reason));
      this.#interrupt = () => turn.abort();
      await this.#turn(turn.signal);
      unfollow();
    }
    this.#become({ kind: 'stopped' });
  }

  /** One list or watch, and the pause after it where it failed. */
  async #turn(signal: AbortSignal): Promise<void> {
    const from = this.#relistWaiters.length > 0 ? undefined : this.#resourceVersion;
    const operation = from === undefined ? 'list' : 'watch';
    const startedAt = this.#options.clock.monotonic();
    let failure: KubernetesError | undefined;
    try {
      if (from === undefined) await this.#list(signal);
      else await this.#watch(from, signal);
    } catch (error) {
      failure = toKubernetesError(error);
    }
    if (signal.aborted) return;
    if (operation === 'watch')
      failure = this.#judgeWatch(failure, from, this.#options.clock.monotonic() - startedAt);
    if (failure !== undefined) await this.#retryLater(operation, failure, signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { connection, resource, namespace, labelSelector, fieldSelector, store } = this.#options;
    this.#become({ kind: 'listing' });
    const waiters = this.#relistWaiters.length;
    const list = await listAll({
      connection,
      resource,
      namespace,
      labelSelector,
      fieldSelector,
      limit: this.#options.pageSize ?? 500,
      timeoutMs: this.#options.listTimeoutMs ?? 60_000,
      signal,
      onUndecodable: this.#onUndecodable,
      known: (version) => store.versioned(version),
      onPage: this.#contact,
    });
    this.#refuseStale(list.resourceVersion);
    store.replace(list.objects);
    this.#resourceVersion = this.#newest = list.resourceVersion;
    this.#hasSynced = true;
    this.#resolveSynced();
    for (const resolve of this.#relistWaiters.splice(0, waiters)) resolve();
  }

  /** A stale list would bring back what is deleted, and take away what is new. */
  #refuseStale(resourceVersion: string): void {
    const stale = (compareResourceVersions(resourceVersion, this.#newest) ?? 0) < 0;
    if (stale && this.#staleLists < staleListsRefused) {
      this.#staleLists++;
      throw new KubernetesError(
        'stale',
        `the list is of version ${resourceVersion}, but ${this.#newest} was seen already`,
      );
    }
    this.#staleLists = 0;
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { connection, resource, clock, random, namespace, labelSelector, fieldSelector } = this.#options;
    this.#opened = false;
    this.#become({ kind: 'connecting', resourceVersion });
    await runWatch({
      connection,
      resource,
      clock,
      namespace,
      labelSelector,
      fieldSelector,
      resourceVersion,
      timeoutSeconds: 300 + Math.floor(random() * 300),
      inactivityMs: this.#options.inactivityMs ?? 90_000,
      signal,
      onOpen: () => {
        this.#opened = true;
        this.#contact();
        this.#become({ kind: 'watching', resourceVersion });
      },
      onEvent: this.#onEvent,
    });
  }

  readonly #onEvent = ({ type, object }: WatchEvent): void => {
    this.#contact();
    const resourceVersion = objectResourceVersion(object);
    if (type !== 'BOOKMARK') this.#take(object, type === 'DELETED');
    if (resourceVersion === undefined || !isNewer(resourceVersion, this.#newest)) return;
    this.#resourceVersion = this.#newest = resourceVersion;
    this.#badWatches = 0;
  };

  /** What the store holds already, as the answer to a write of this process, need not be decoded again. */
  #take(object: unknown, deleted: boolean): void {
    const { store, resource } = this.#options;
    const version = objectVersion(object);
    if (!deleted && version !== undefined && store.holds(version)) return;
    const decoded = deleted ? undefined : decodeObject(resource, object, this.#onUndecodable);
    if (decoded !== undefined) store.set(decoded);
    else if (version !== undefined) store.delete(objectKey(version), version.uid);
  }

  readonly #contact = (): void => {
    this.#lastContact = this.#options.clock.monotonic();
  };

  /** What the end of a watch means: `undefined` where the next one may follow at once. */
  #judgeWatch(
    failure: KubernetesError | undefined,
    from: string | undefined,
    livedMs: number,
  ): KubernetesError | undefined {
    if (livedMs >= goodWatchMs) this.#streak.end();
    if (failure === undefined) {
      if (livedMs >= goodWatchMs) return undefined;
      return new KubernetesError(
        'unavailable',
        `the server ended the watch after ${(livedMs / 1_000).toFixed(1)} s`,
      );
    }
    const fruitless = this.#opened && livedMs < goodWatchMs && this.#resourceVersion === from;
    if (nonsense.has(failure.code) || fruitless) this.#badWatches++;
    if (failure.code === 'gone' || this.#badWatches >= badWatchesBeforeRelist) {
      this.#badWatches = 0;
      this.#resourceVersion = undefined;
    }
    return failure;
  }

  async #retryLater(operation: 'list' | 'watch', error: KubernetesError, signal: AbortSignal): Promise<void> {
    const { clock, random, backoffMs = 250, maxBackoffMs = 10_000 } = this.#options;
    const failures = this.#streak.add(error);
    const retryInMs = Math.max(
      backoffDelay(failures, { baseMs: backoffMs, maxMs: maxBackoffMs }, random),
      Math.min(error.retryAfterMs ?? 0, longestRetryAfterMs),
    );
    this.#become({ kind: 'retrying', operation, error, failures, retryInMs });
    // It rejects only when `signal` aborts, which the loop sees.
    await sleep(clock, retryInMs, signal).catch(() => undefined);
  }

  #become(state: ListWatchState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }
}

/** Answers that may come from a resource version that the server cannot use, rather than from its being away. */
const nonsense: ReadonlySet<string> = new Set([
  'bad-response',
  'internal',
  'invalid',
  'not-found',
  'conflict',
]);

function objectResourceVersion(object: unknown): string | undefined {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' && version !== '' ? version : undefined;
}
