/**
 * A token bucket on a clock: the shape of Azure's request limits.
 *
 * @module
 */

/** How many requests are allowed. */
export interface BucketLimit {
  readonly perMinute: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
}

/** What a request got of a bucket. */
export type BucketAnswer =
  | { readonly allowed: true; /** Whole requests left. */ readonly remaining: number }
  | {
      readonly allowed: false;
      /** Whole seconds until the next request fits. */ readonly retryAfterSeconds: number;
    };

/** Buckets by key, each full at first. */
export class TokenBuckets {
  readonly #limit: BucketLimit;
  readonly #monotonic: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(limit: BucketLimit, monotonic: () => number) {
    this.#limit = limit;
    this.#monotonic = monotonic;
  }

  /** Takes one request out of the bucket of this key. */
  take(key: string): BucketAnswer {
    const { perMinute, burst } = this.#limit;
    const now = this.#monotonic();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 60_000) * perMinute);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) {
      const seconds = Math.max(1, Math.ceil(((1 - bucket.tokens) / perMinute) * 60));
      return { allowed: false, retryAfterSeconds: seconds };
    }
    bucket.tokens -= 1;
    return { allowed: true, remaining: Math.floor(bucket.tokens) };
  }
}
