/**
 * A Lease object as a lock that one instance holds.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { requestJson } from './api-response.js';
import type { Connection } from './connection.js';
import { isKubernetesError } from './kubernetes-error.js';
import { isRecord, resourcePath } from './resource.js';

/** What a lock is asked for with. */
export interface LeaseLockOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
}

/** What came of asking. */
export type LockOutcome =
  /** It is ours, certainly until `validUntil` on the monotonic clock. */
  | { readonly kind: 'ours'; readonly validUntil: number }
  /** Another holds it, for `freshForMs` more unless it renews. */
  | { readonly kind: 'held'; readonly holder: string; readonly freshForMs: number };

/** One attempt that hangs must leave time for another. */
const attemptsInDeadline = 3;

type Fields = Readonly<Record<string, unknown>>;

interface Observed {
  /** The whole object, so that what others put on it stays. */
  readonly lease: Fields;
  readonly spec: Fields;
  readonly holder: string;
  /** What must change for the holder to count as alive. */
  readonly record: string;
  /** When this record was first seen, on the monotonic clock. */
  readonly at: number;
}

const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespaced: true };

/** The lock. Its methods reject with a `KubernetesError` where the API server could not be asked. */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  #observed: Observed | undefined;
  #looked = false;
  /** Records that this process wrote, or tried to and may have written. */
  #written = new Set<string>();

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /**
   * Takes the lock where it is free, run out, or ours already.
   *
   * @throws KubernetesError `conflict` or `already-exists` where another was quicker
   */
  async acquire(signal: AbortSignal): Promise<LockOutcome> {
    const first = !this.#looked;
    const observed = await this.#observe(signal);
    if (observed === undefined) return this.#write(undefined, signal);
    // After a restart under the same name nobody else can be this holder, so there is nobody to wait for.
    const ours = this.#written.has(observed.record) || (first && observed.holder === this.#options.identity);
    return ours ? this.#write(observed, signal) : this.#takeIfFree(observed, signal);
  }

  /** Renews the lock while it is ours. `held` where another has it by now, be it one of the same identity. */
  async renew(signal: AbortSignal): Promise<LockOutcome> {
    if (this.#observed !== undefined) {
      try {
        return await this.#write(this.#observed, signal);
      } catch (error) {
        if (!isKubernetesError(error, 'conflict', 'not-found')) throw error;
      }
    }
    const observed = await this.#observe(signal);
    if (observed === undefined) return this.#write(undefined, signal);
    if (this.#written.has(observed.record)) return this.#write(observed, signal);
    return { kind: 'held', holder: observed.holder, freshForMs: this.#freshForMs(observed) };
  }

  /** Gives the lock away, where it is still as we wrote it, so that another need not wait. */
  async release(): Promise<void> {
    const observed = this.#observed;
    if (observed === undefined || !this.#written.has(observed.record)) return;
    const spec = {
      ...observed.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: this.#microTime(),
    };
    await this.#put(observed, spec, new AbortController().signal);
  }

  async #takeIfFree(observed: Observed, signal: AbortSignal): Promise<LockOutcome> {
    const freshForMs = this.#freshForMs(observed);
    if (observed.holder !== '' && freshForMs > 0)
      return { kind: 'held', holder: observed.holder, freshForMs };
    return this.#write(observed, signal);
  }

  #freshForMs(observed: Observed): number {
    const seconds = observed.spec['leaseDurationSeconds'];
    // A holder with a longer lease than ours, as during a change of that flag, is given its own.
    const durationMs = Math.max(
      this.#options.leaseDurationMs,
      typeof seconds === 'number' ? seconds * 1_000 : 0,
    );
    return observed.at + durationMs - this.#options.clock.monotonic();
  }

  async #observe(signal: AbortSignal): Promise<Observed | undefined> {
    const { connection, namespace, name, renewDeadlineMs } = this.#options;
    try {
      const path = resourcePath(leases, { namespace, name });
      this.#see(
        await requestJson(connection, {
          method: 'GET',
          path,
          signal,
          timeoutMs: renewDeadlineMs / attemptsInDeadline,
        }),
      );
    } catch (error) {
      if (!isKubernetesError(error, 'not-found')) throw error;
      this.#observed = undefined;
    }
    this.#looked = true;
    return this.#observed;
  }

  #see(lease: unknown): void {
    const fields = isRecord(lease) ? lease : {};
    const spec = isRecord(fields['spec']) ? fields['spec'] : {};
    const record = recordOf(spec);
    const at = this.#observed?.record === record ? this.#observed.at : this.#options.clock.monotonic();
    const holder = typeof spec['holderIdentity'] === 'string' ? spec['holderIdentity'] : '';
    this.#observed = { lease: fields, spec, holder, record, at };
  }

  /** Writes us as the holder; `observed` as what is replaced, and only that version of it. */
  async #write(observed: Observed | undefined, signal: AbortSignal): Promise<LockOutcome> {
    const { clock, identity, leaseDurationMs, renewDeadlineMs } = this.#options;
    const sentAt = clock.monotonic();
    const now = this.#microTime();
    const ours = observed !== undefined && this.#written.has(observed.record);
    const transitions = observed?.spec['leaseTransitions'];
    const spec: Fields = {
      ...observed?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1_000),
      acquireTime: ours ? observed.spec['acquireTime'] : now,
      renewTime: now,
      leaseTransitions:
        (typeof transitions === 'number' ? transitions : 0) + (observed === undefined || ours ? 0 : 1),
    };
    const record = recordOf(spec);
    this.#written.add(record);
    await this.#put(observed, spec, signal);
    this.#written = new Set([record]);
    return { kind: 'ours', validUntil: sentAt + renewDeadlineMs };
  }

  async #put(observed: Observed | undefined, spec: Fields, signal: AbortSignal): Promise<void> {
    const { connection, namespace, name, renewDeadlineMs } = this.#options;
    const request = { signal, timeoutMs: renewDeadlineMs / attemptsInDeadline };
    const lease = observed?.lease ?? {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace, name },
    };
    const answer = await requestJson(
      connection,
      observed === undefined
        ? { method: 'POST', path: resourcePath(leases, { namespace }), body: { ...lease, spec }, ...request }
        : {
            method: 'PUT',
            path: resourcePath(leases, { namespace, name }),
            body: { ...lease, spec },
            ...request,
          },
    );
    this.#see(answer);
  }

  /** Kubernetes' MicroTime wants exactly six digits. */
  #microTime(): string {
    return new Date(this.#options.clock.now()).toISOString().replace('Z', '000Z');
  }
}

function recordOf(spec: Fields): string {
  return JSON.stringify([
    spec['holderIdentity'],
    spec['acquireTime'],
    spec['renewTime'],
    spec['leaseTransitions'],
  ]);
}
