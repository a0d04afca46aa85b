/**
 * Kubernetes Events, as `kubectl describe` shows them: recorded without waiting, never throwing, never flooding.
 *
 * @module
 */
import { hash } from 'node:crypto';
import { sleep, within, type Clock } from '@aad-pod-identity/core';
import { requestJson } from './api-response.js';
import { backoffDelay } from './backoff.js';
import type { Connection } from './connection.js';
import { EventLimits } from './event-limits.js';
import { isKubernetesError, toKubernetesError, type KubernetesError } from './kubernetes-error.js';
import { resourcePath } from './resource.js';

/** The object that an event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for cluster-scoped objects; their events are in `default`. */
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
}

/** Why an event did not reach the API server. */
export type DroppedEvent =
  /** The object had too many. */
  | { readonly reason: 'rate-limit' }
  /** Too many wait to be sent. */
  | { readonly reason: 'queue-full' }
  /** The server refused it, or was away for too long. */
  | { readonly reason: 'failed'; readonly error: KubernetesError };

/** Options of an {@link EventRecorder}. */
export interface EventRecorderOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  /** Who reports, such as `aad-pod-identity-mic`. */
  readonly component: string;
  /** Which instance reports: the node or the pod. */
  readonly host?: string;
  /**
   * Of how many objects, and twice as many events, it is remembered what was told: those beyond count as new. Most
   * memory is so much, half a kilobyte each.
   * @default 2048
   */
  readonly mostObjects?: number;
  readonly onDropped?: (dropped: DroppedEvent) => void;
}

/** An Event object as far as we keep it. Not yet sent while `created` is false. */
interface RecordedEvent {
  readonly object: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  message: string;
  readonly name: string;
  readonly first: string;
  last: string;
  lastMs: number;
  count: number;
  created: boolean;
}

const longestReason = 128;
const longestMessage = 1_024;
const mostPending = 1_000;
const objectsRemembered = 2_048;
/** How long the API server keeps an event by default. */
const eventLifeMs = 3_600_000;
const suffixLength = 16;
const attempts = 4;
const backoff = { baseMs: 1_000, maxMs: 10_000 };
const events = { group: '', version: 'v1', plural: 'events', namespaced: true };

/**
 * Records events in the background, one request at a time.
 *
 * @example
 * recorder.record(pod, 'Warning', 'binding apply error', 'identity "demo" does not exist');
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #limits: EventLimits;
  readonly #mostEvents: number;
  /** By {@link AdmittedEvent.key}, the one that happened longest ago first. */
  readonly #known = new Map<string, RecordedEvent>();
  readonly #pending = new Set<RecordedEvent>();
  readonly #stop = new AbortController();
  #sending: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    const mostObjects = options.mostObjects ?? objectsRemembered;
    this.#mostEvents = 2 * mostObjects;
    this.#limits = new EventLimits(options.clock, mostObjects);
  }

  /**
   * Records one event. Repeats of the same are counted on the first. Returns at once and never throws.
   *
   * @param reason - cut at 128 characters
   * @param message - cut at 1024 characters
   * @param options - `once`: the event has the same name whoever records it and whenever, so that it is there once as
   * long as it lives, also after restarts
   */
  record(
    object: ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    { once = false }: { readonly once?: boolean } = {},
  ): void {
    if (this.#stop.signal.aborted) return;
    const { apiVersion, kind, namespace, name, uid } = object;
    const key = [apiVersion, kind, namespace, name, uid].join('\n');
    const admitted = this.#limits.admit(key, type, cut(reason, longestReason), cut(message, longestMessage));
    if (admitted === undefined) {
      this.#options.onDropped?.({ reason: 'rate-limit' });
      return;
    }
    const suffix = (): string =>
      once ? sha256Suffix([this.#options.component, key, type, reason, message]) : this.#newSuffix();
    const event = this.#count(admitted.key, object, type, cut(reason, longestReason), suffix);
    event.message = cut(admitted.message, longestMessage);
    if (this.#pending.size >= mostPending && !this.#pending.has(event)) {
      this.#options.onDropped?.({ reason: 'queue-full' });
      return;
    }
    this.#pending.add(event);
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when what was recorded so far is sent or given up, or `timeoutMs` have passed. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.#sending !== undefined) await within(this.#options.clock, timeoutMs, this.#sending);
  }

  /** Drops what is not sent yet, and everything from now on. */
  stop(): void {
    this.#pending.clear();
    this.#stop.abort();
  }

  #count(
    key: string,
    object: ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    suffix: () => string,
  ): RecordedEvent {
    const nowMs = this.#options.clock.now();
    const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
    const known = this.#known.get(key);
    const event = known ?? {
      object,
      type,
      reason,
      message: '',
      name: eventName(object, suffix()),
      first: now,
      last: now,
      lastMs: nowMs,
      count: 0,
      created: false,
    };
    event.count++;
    event.last = now;
    event.lastMs = nowMs;
    this.#known.delete(key);
    this.#known.set(key, event);
    for (const [oldest, { lastMs }] of this.#known) {
      if (this.#known.size <= this.#mostEvents && lastMs > nowMs - eventLifeMs) break;
      this.#known.delete(oldest);
    }
    return event;
  }

  #newSuffix(): string {
    return Array.from({ length: suffixLength }, () =>
      Math.floor(this.#options.random() * 16).toString(16),
    ).join('');
  }

  async #sendAll(): Promise<void> {
    // The caller of `record` goes on first; then everything that waits is sent, also what joins meanwhile.
    await Promise.resolve();
    for (const event of this.#pending) {
      this.#pending.delete(event);
      await this.#sendPatiently(event);
      // What is kept is kept long; the next one brings its own.
      if (!this.#pending.has(event)) event.message = '';
    }
    this.#sending = undefined;
  }

  async #sendPatiently(event: RecordedEvent): Promise<void> {
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      try {
        await this.#send(event);
        return;
      } catch (error) {
        const transient = isKubernetesError(
          error,
          'network',
          'timeout',
          'unavailable',
          'internal',
          'too-many-requests',
        );
        if (this.#stop.signal.aborted) return;
        if (!transient || attempt >= attempts) {
          this.#options.onDropped?.({ reason: 'failed', error: toKubernetesError(error) });
          return;
        }
        const { clock, random } = this.#options;
        await sleep(clock, backoffDelay(attempt, backoff, random), this.#stop.signal).catch(() => undefined);
      }
    }
  }

  async #send(event: RecordedEvent): Promise<void> {
    if (!event.created) return this.#create(event);
    const { connection } = this.#options;
    const path = resourcePath(events, { namespace: namespaceOf(event), name: event.name });
    const body = { count: event.count, lastTimestamp: event.last, message: event.message };
    const contentType = 'application/merge-patch+json';
    try {
      await requestJson(connection, { method: 'PATCH', path, body, contentType, signal: this.#stop.signal });
    } catch (error) {
      // Events expire after an hour by default.
      if (!isKubernetesError(error, 'not-found')) throw error;
      await this.#create(event);
    }
  }

  async #create(event: RecordedEvent): Promise<void> {
    const { connection, component, host } = this.#options;
    const namespace = namespaceOf(event);
    const { object, type, reason, message, count, name } = event;
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: object,
      type,
      reason,
      message,
      count,
      firstTimestamp: event.first,
      lastTimestamp: event.last,
      source: { component, host },
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
    const path = resourcePath(events, { namespace });
    try {
      await requestJson(connection, { method: 'POST', path, body, signal: this.#stop.signal });
    } catch (error) {
      // A try before this one may have come through without its answer.
      if (!isKubernetesError(error, 'already-exists')) throw error;
    }
    event.created = true;
  }
}

/** Names are `object.suffix`, at most 253 characters, and valid whatever the object's name is cut to. */
function eventName({ name }: ObjectReference, suffix: string): string {
  return `${name.slice(0, 253 - suffixLength - 1).replace(/[^a-z0-9]+$/, '')}.${suffix}`;
}

function sha256Suffix(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, suffixLength);
}

function namespaceOf({ object }: RecordedEvent): string {
  return object.namespace ?? 'default';
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
