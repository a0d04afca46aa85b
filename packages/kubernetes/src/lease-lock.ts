/**
 * A Lease object as a lock that one instance holds.
 *
 * @module
 */
import { isRecord, type Clock } from '@aad-pod-identity/core';
import type { Connection } from './connection.js';
import { followAbort } from './follow-abort.js';
import { isKubernetesError } from './kubernetes-error.js';
import { LeaseObject, type Fields } from './lease-object.js';

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

/** The lock. Its methods reject with a `KubernetesError` where the API server could not be asked. */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  readonly #object: LeaseObject;
  #observed: Observed | undefined;
  /** The same, and after the object was deleted what it was: nobody tells its holder, who leads until it renews. */
  #last: Observed | undefined;
  #looked = false;
  /** Records that this process wrote, or tried to and may have written. */
  #written = new Set<string>();

  constructor(options: LeaseLockOptions) {
    this.#options = options;
    this.#object = new LeaseObject({ ...options, timeoutMs: options.renewDeadlineMs / attemptsInDeadline });
  }

  /**
   * Takes the lock where it is free, run out, or ours already. A write that is under way when `signal` aborts is
   * finished: its outcome has to be known, or the lock would be held by nobody.
   *
   * @throws KubernetesError `conflict` or `already-exists` where another was quicker
   */
  async acquire(signal: AbortSignal): Promise<LockOutcome> {
    const first = !this.#looked;
    const observed = await this.#observe(signal);
    if (observed === undefined) return this.#create();
    // Names are unique: after a restart under the same one nobody else can be this holder, so there is nobody to wait for.
    const ours = this.#written.has(observed.record) || (first && observed.holder === this.#options.identity);
    return ours ? this.#write(observed) : this.#takeIfFree(observed);
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
    if (observed === undefined) return this.#create(signal);
    if (this.#written.has(observed.record)) return this.#write(observed, signal);
    return { kind: 'held', holder: observed.holder, freshForMs: this.#freshForMs(observed) };
  }

  /**
   * Waits until the lock may be free: its holder gave it away, or has not renewed it for its whole duration, also where
   * somebody deleted it meanwhile. The duration counts from when a renewal is *seen*, so renewals are watched: who looks every now and then sees them late.
   *
   * @returns whether it may be free; `false` where the server ended the watch
   * @throws KubernetesError where the lease cannot be watched
   */
  async untilFree(signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const unfollow = followAbort(signal, () => over.abort(signal.reason));
    let free = false;
    let cancel: () => void = () => undefined;
    const end = (): void => {
      free = true;
      over.abort();
    };
    const judge = (): void => {
      cancel();
      const last = this.#last;
      if (last === undefined || last.holder === '') end();
      else cancel = this.#options.clock.after(this.#freshForMs(last), end);
    };
    try {
      judge();
      const onChange = (lease: Fields | undefined): void => {
        this.#see(lease);
        judge();
      };
      if (!free) await this.#object.watch(this.#observed?.lease ?? {}, onChange, over.signal);
    } catch (error) {
      if (!free) throw error;
    } finally {
      cancel();
      unfollow();
    }
    return free;
  }

  /** Gives the lock away, where it is still ours, so that another need not wait. */
  async release(): Promise<void> {
    try {
      await this.#giveAway(this.#observed);
    } catch (error) {
      // A renewal whose answer nobody waited for may have taken effect.
      if (!isKubernetesError(error, 'conflict')) throw error;
      await this.#giveAway(await this.#observe());
    }
  }

  async #giveAway(observed: Observed | undefined): Promise<void> {
    if (observed === undefined || !this.#written.has(observed.record)) return;
    const renewTime = this.#microTime();
    const spec = { ...observed.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime };
    this.#see(await this.#object.write(observed.lease, spec));
  }

  /** Makes the object, unless another may still lead by one that was deleted. */
  async #create(signal?: AbortSignal): Promise<LockOutcome> {
    const last = this.#last;
    if (last !== undefined && last.holder !== '' && !this.#written.has(last.record)) {
      const freshForMs = this.#freshForMs(last);
      if (freshForMs > 0) return { kind: 'held', holder: last.holder, freshForMs };
    }
    return this.#write(undefined, signal);
  }

  async #takeIfFree(observed: Observed): Promise<LockOutcome> {
    const freshForMs = this.#freshForMs(observed);
    if (observed.holder !== '' && freshForMs > 0)
      return { kind: 'held', holder: observed.holder, freshForMs };
    return this.#write(observed);
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

  async #observe(signal?: AbortSignal): Promise<Observed | undefined> {
    this.#see(await this.#object.read(signal));
    this.#looked = true;
    return this.#observed;
  }

  #see(lease: Fields | undefined): void {
    if (lease === undefined) {
      this.#observed = undefined;
      return;
    }
    const spec = isRecord(lease['spec']) ? lease['spec'] : {};
    const record = recordOf(spec);
    const at = this.#last?.record === record ? this.#last.at : this.#options.clock.monotonic();
    const holder = typeof spec['holderIdentity'] === 'string' ? spec['holderIdentity'] : '';
    this.#observed = { lease, spec, holder, record, at };
    this.#last = this.#observed;
  }

  /** Writes us as the holder; `observed` as what is replaced, and only that version of it. */
  async #write(observed: Observed | undefined, signal?: AbortSignal): Promise<LockOutcome> {
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
    this.#see(await this.#object.write(observed?.lease, spec, signal));
    this.#written = new Set([record]);
    return { kind: 'ours', validUntil: sentAt + renewDeadlineMs };
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
