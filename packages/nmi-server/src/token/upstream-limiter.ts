/**
 * Bounds on the requests to one upstream, at once and in a second; those who wait are taken in turn, so that one that
 * is asked for much delays no other. IMDS allows a whole VM 20 identity requests a second and 5 at once: the defaults
 * stay under both.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { UpstreamError } from './upstream-error.js';

/** Options of an {@link UpstreamLimiter}. */
export interface UpstreamLimiterOptions {
  readonly clock: Clock;
  /** Whose limits they are, for messages. */
  readonly upstream: string;
  /** Most requests at once. @default 4 */
  readonly concurrency?: number;
  /** Most requests begun within any second. @default 15 */
  readonly perSecond?: number;
  /** Most requests waiting; beyond, they are refused at once. @default 1000 */
  readonly maxQueued?: number;
  /** Most requests waiting of one party. @default 100 */
  readonly maxQueuedPerParty?: number;
}

/** Runs tasks within the limits. */
export class UpstreamLimiter {
  readonly #clock: Clock;
  readonly #upstream: string;
  readonly #concurrency: number;
  readonly #perSecond: number;
  readonly #maxQueued: number;
  readonly #maxQueuedPerParty: number;
  /** By party; the first one's turn is next. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** When the last `perSecond` tasks began, oldest first. */
  readonly #begun: number[] = [];
  #queued = 0;
  #running = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: UpstreamLimiterOptions) {
    this.#clock = options.clock;
    this.#upstream = options.upstream;
    this.#concurrency = options.concurrency ?? 4;
    this.#perSecond = options.perSecond ?? 15;
    this.#maxQueued = options.maxQueued ?? 1_000;
    this.#maxQueuedPerParty = options.maxQueuedPerParty ?? 100;
  }

  /** How many tasks wait for their turn. */
  get queued(): number {
    return this.#queued;
  }

  /**
   * Runs `task` when it is the turn of `party`: an identity, or whoever else is to have a share of its own.
   *
   * @throws UpstreamError `busy` at once, where too many wait already; else what `task` rejects with
   */
  async run<T>(party: string, task: () => Promise<T>): Promise<T> {
    await this.#turn(party);
    try {
      return await task();
    } finally {
      this.#running--;
      this.#dispatch();
    }
  }

  #turn(party: string): Promise<void> {
    const ofParty = this.#waiting.get(party)?.length ?? 0;
    if (this.#queued >= this.#maxQueued || ofParty >= this.#maxQueuedPerParty) {
      return Promise.reject(
        new UpstreamError('busy', `Too many requests wait for ${this.#upstream}.`, {
          retryAfterMs: 2_000,
        }),
      );
    }
    return new Promise((resolve) => {
      const queue = this.#waiting.get(party);
      if (queue === undefined) this.#waiting.set(party, [resolve]);
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
    const [party, queue] = next.value;
    const begin = queue.shift();
    this.#waiting.delete(party);
    if (queue.length > 0) this.#waiting.set(party, queue);
    this.#queued--;
    this.#running++;
    this.#begun.push(this.#clock.monotonic());
    if (this.#begun.length > this.#perSecond) this.#begun.shift();
    begin?.();
  }
}
