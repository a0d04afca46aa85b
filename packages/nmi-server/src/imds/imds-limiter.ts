/**
 * IMDS allows a whole VM 20 identity requests a second and 5 at once. This stays under both, and takes the identities
 * that wait in turn, so that one that is asked for much delays no other.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { UpstreamError } from '../token/upstream-error.js';

/** Options of an {@link ImdsLimiter}. */
export interface ImdsLimiterOptions {
  readonly clock: Clock;
  /** Most requests at once. @default 4 */
  readonly concurrency?: number;
  /** Most requests begun within any second. @default 15 */
  readonly perSecond?: number;
  /** Most requests waiting; beyond, they are refused at once. @default 1000 */
  readonly maxQueued?: number;
  /** Most requests waiting of one identity. @default 100 */
  readonly maxQueuedPerIdentity?: number;
}

/** Runs tasks within the limits. */
export class ImdsLimiter {
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #perSecond: number;
  readonly #maxQueued: number;
  readonly #maxQueuedPerIdentity: number;
  /** By identity; the first one's turn is next. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** When the last `perSecond` tasks began, oldest first. */
  readonly #begun: number[] = [];
  #queued = 0;
  #running = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: ImdsLimiterOptions) {
    this.#clock = options.clock;
    this.#concurrency = options.concurrency ?? 4;
    this.#perSecond = options.perSecond ?? 15;
    this.#maxQueued = options.maxQueued ?? 1_000;
    this.#maxQueuedPerIdentity = options.maxQueuedPerIdentity ?? 100;
  }

  /** How many tasks wait for their turn. */
  get queued(): number {
    return this.#queued;
  }

  /**
   * Runs `task` when it is the turn of `identity`.
   *
   * @throws UpstreamError `busy` at once, where too many wait already; else what `task` rejects with
   */
  async run<T>(identity: string, task: () => Promise<T>): Promise<T> {
    await this.#turn(identity);
    try {
      return await task();
    } finally {
      this.#running--;
      this.#dispatch();
    }
  }

  #turn(identity: string): Promise<void> {
    const ofIdentity = this.#waiting.get(identity)?.length ?? 0;
    if (this.#queued >= this.#maxQueued || ofIdentity >= this.#maxQueuedPerIdentity) {
      return Promise.reject(
        new UpstreamError('busy', 'Too many requests wait for the metadata service of this VM.', {
          retryAfterMs: 2_000,
        }),
      );
    }
    return new Promise((resolve) => {
      const queue = this.#waiting.get(identity);
      if (queue === undefined) this.#waiting.set(identity, [resolve]);
      else queue.push(resolve);
      this.#queued++;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#queued > 0 && this.#running < this.#concurrency) {
      const wait = this.#waitMs();
      if (wait > 0) {
        this.#cancelTimer ??= this.#clock.after(wait, () => {
          this.#cancelTimer = undefined;
          this.#dispatch();
        });
        return;
      }
      this.#beginNext();
    }
  }

  #waitMs(): number {
    const oldest = this.#begun[0];
    if (oldest === undefined || this.#begun.length < this.#perSecond) return 0;
    return oldest + 1_000 - this.#clock.monotonic();
  }

  #beginNext(): void {
    const next = this.#waiting.entries().next();
    if (next.done === true) return;
    const [identity, queue] = next.value;
    const begin = queue.shift();
    this.#waiting.delete(identity);
    if (queue.length > 0) this.#waiting.set(identity, queue);
    this.#queued--;
    this.#running++;
    this.#begun.push(this.#clock.monotonic());
    if (this.#begun.length > this.#perSecond) this.#begun.shift();
    begin?.();
  }
}
