/**
 * Token buckets by key, whose turns are promised in the order in which they are asked for.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';

/** A token bucket: `burst` at once, then `perMinute`. */
export interface RateLimit {
  readonly perMinute: number;
  readonly burst: number;
}

interface Bucket {
  /** May be negative: turns that are promised already. */
  tokens: number;
  at: number;
}

/** From this many on, buckets that are full are forgotten: a full one is as good as none. */
const mostKept = 4_096;

/** One bucket for each key, all of one size. */
export class TokenBuckets {
  readonly #limit: RateLimit;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit, clock: Pick<Clock, 'monotonic'>) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a turn. @returns in how many milliseconds it is */
  take(key: string): number {
    const bucket = this.#filled(key);
    bucket.tokens -= 1;
    return bucket.tokens >= 0 ? 0 : (-bucket.tokens * 60_000) / this.#limit.perMinute;
  }

  /** Gives a turn back that was not used. */
  giveBack(key: string): void {
    const bucket = this.#filled(key);
    bucket.tokens = Math.min(this.#limit.burst, bucket.tokens + 1);
  }

  #filled(key: string): Bucket {
    const now = this.#clock.monotonic();
    const known = this.#buckets.get(key);
    if (known !== undefined) {
      this.#fill(known, now);
      return known;
    }
    if (this.#buckets.size >= mostKept) this.#forgetFull(now);
    const bucket = { tokens: this.#limit.burst, at: now };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #fill(bucket: Bucket, now: number): void {
    const { burst, perMinute } = this.#limit;
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perMinute) / 60_000);
    bucket.at = now;
  }

  #forgetFull(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      this.#fill(bucket, now);
      if (bucket.tokens >= this.#limit.burst) this.#buckets.delete(key);
    }
  }
}
