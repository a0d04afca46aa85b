/**
 * Keeping under Azure's limits for each compute resource (docs/spec.md section 13), and away from a resource for as
 * long as Azure asked.
 *
 * @module
 */
import { computeResourceKey, sleep, type Clock, type ComputeResource } from '@aad-pod-identity/core';
import type { Compute, ComputeOutcome } from './compute.js';

/** A token bucket: `burst` at once, then `perMinute`. */
export interface RateLimit {
  readonly perMinute: number;
  readonly burst: number;
}

/** Options of {@link rateLimitedCompute}. */
export interface ComputeRateLimitOptions {
  readonly clock: Clock;
  /** @default 12 a minute, 36 at once */
  readonly reads?: RateLimit;
  /** @default 4 a minute, 12 at once */
  readonly writes?: RateLimit;
}

/** `compute`, waiting for its turn before each call, and not calling at all while Azure asked to be left alone. */
export function rateLimitedCompute(compute: Compute, options: ComputeRateLimitOptions): Compute {
  const { clock, reads = { perMinute: 12, burst: 36 }, writes = { perMinute: 4, burst: 12 } } = options;
  const buckets = { read: new Map<string, Bucket>(), write: new Map<string, Bucket>() };
  const blockedUntil = new Map<string, number>();

  const limited = async (
    kind: 'read' | 'write',
    resource: ComputeResource,
    signal: AbortSignal,
    call: () => Promise<ComputeOutcome>,
  ): Promise<ComputeOutcome> => {
    const key = computeResourceKey(resource);
    const retryAfterMs = (blockedUntil.get(key) ?? 0) - clock.monotonic();
    if (retryAfterMs > 0) {
      const message = 'Azure asked not to be called about this resource yet';
      return { ok: false, failure: { kind: 'throttled', retryAfterMs, message } };
    }
    blockedUntil.delete(key);
    const waitMs = take(buckets[kind], key, kind === 'read' ? reads : writes, clock.monotonic());
    try {
      if (waitMs > 0) await sleep(clock, waitMs, signal);
    } catch {
      return { ok: false, failure: { kind: 'aborted', message: 'ended while waiting for its turn' } };
    }
    const outcome = await call();
    if (!outcome.ok && outcome.failure.kind === 'throttled' && outcome.failure.retryAfterMs !== undefined) {
      blockedUntil.set(key, clock.monotonic() + outcome.failure.retryAfterMs);
    }
    return outcome;
  };

  return {
    get: (resource, signal) => limited('read', resource, signal, () => compute.get(resource, signal)),
    patch: (resource, patch, attach, signal) =>
      limited('write', resource, signal, () => compute.patch(resource, patch, attach, signal)),
  };
}

interface Bucket {
  /** May be negative: turns that are promised already. */
  tokens: number;
  at: number;
}

/** Takes a turn. @returns how long to wait for it, in milliseconds */
function take(
  buckets: Map<string, Bucket>,
  key: string,
  { perMinute, burst }: RateLimit,
  now: number,
): number {
  const bucket = buckets.get(key) ?? { tokens: burst, at: now };
  const perMs = perMinute / 60_000;
  bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) * perMs) - 1;
  bucket.at = now;
  buckets.set(key, bucket);
  return bucket.tokens >= 0 ? 0 : -bucket.tokens / perMs;
}
