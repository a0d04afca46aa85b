/**
 * Bounds on the requests to one upstream, at once and in a second; those who wait are taken in turn, so that one who asks
 * for much delays no other. IMDS allows a whole VM 20 identity requests a second and 5 at once: the defaults
 * stay under both.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { FairQueue, type Turn } from './fair-queue.js';
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
  /** Most requests waiting; beyond, the last of who has most waiting is refused. @default 1000 */
  readonly maxQueued?: number;
  /** Most requests waiting of one party. @default 100 */
  readonly maxQueuedPerParty?: number;
}

interface Waiting {
  readonly begin: () => void;
  readonly refuse: () => void;
}

/** Runs tasks within the limits. */
export class UpstreamLimiter {
  readonly #clock: Clock;
  readonly #upstream: string;
  readonly #concurrency: number;
  readonly #perSecond: number;
  readonly #waiting: FairQueue<Waiting>;
  /** When the last `perSecond` tasks began, oldest first. */
  readonly #begun: number[] = [];
  #running = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: UpstreamLimiterOptions) {
    this.#clock = options.clock;
    this.#upstream = options.upstream;
    this.#concurrency = options.concurrency ?? 4;
    this.#perSecond = options.perSecond ?? 15;
    this.#waiting = new FairQueue({
      inAll: options.maxQueued ?? 1_000,
      perParty: options.maxQueuedPerParty ?? 100,
    });
  }

  /** How many tasks wait for their turn. */
  get queued(): number {
    return this.#waiting.size;
  }

  /**
   * Runs `task` when it is the turn of the party, and within it of the member.
   *
   * @throws UpstreamError `busy` where too many wait, and nobody more than this one; else what `task` rejects with
   */
  async run<T>(turn: Turn, task: () => Promise<T>): Promise<T> {
    await this.#turn(turn);
    try {
      return await task();
    } finally {
      this.#running--;
      this.#dispatch();
    }
  }

  /** A member of the party waits for a task that another one has brought: it counts as brought by who is served sooner. */
  join(turn: Turn): void {
    this.#waiting.join(turn);
  }

  #turn(turn: Turn): Promise<void> {
    return new Promise((begin, reject) => {
      const refuse = (): void =>
        reject(
          new UpstreamError('busy', `Too many requests wait for ${this.#upstream}.`, { retryAfterMs: 2_000 }),
        );
      const admission = this.#waiting.push(turn, { begin, refuse });
      if (admission.kind === 'full') refuse();
      if (admission.kind === 'displaced') admission.item.refuse();
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#waiting.size > 0 && this.#running < this.#concurrency) {
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
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#running++;
    this.#begun.push(this.#clock.monotonic());
    if (this.#begun.length > this.#perSecond) this.#begun.shift();
    next.begin();
  }
}
