/**
 * Keeping under Azure's limits (docs/spec.md section 13), and away from a resource, or a whole subscription, for as
 * long as Azure asked.
 *
 * @module
 */
import { computeResourceKey, sleep, type Clock, type ComputeResource } from '@aad-pod-identity/core';
import type { Compute, ComputeFailure, ComputeOutcome } from './compute.js';
import { TokenBuckets, type RateLimit } from './token-buckets.js';

/** Options of {@link rateLimitedCompute}. */
export interface ComputeRateLimitOptions {
  readonly clock: Clock;
  /** Of one resource. @default 12 a minute, 36 at once */
  readonly reads?: RateLimit;
  /** Of one resource. @default 4 a minute, 12 at once */
  readonly writes?: RateLimit;
  /**
   * Of all resources of one subscription. Azure counts each region for itself; MIC, which does not know the regions,
   * counts them together, and leaves a tenth to others. @default 450 a minute, 1350 at once
   */
  readonly subscriptionWrites?: RateLimit;
}

/** Azure asking for more is taken for a mistake. */
const longestBlockMs = 3_600_000;
/** Between two resources that come back when their subscription is no longer to be left alone: not all at once. */
const spreadMs = 40;
/** How long a subscription is left alone where Azure throttles it and does not say for how long. */
const defaultSubscriptionBlockMs = 30_000;

/**
 * `compute`, waiting for its turn before each call, and not calling at all while Azure asked to be left alone. What
 * waits for one resource holds up no other, nor what waits in one subscription another one.
 */
export function rateLimitedCompute(compute: Compute, options: ComputeRateLimitOptions): Required<Compute> {
  const {
    clock,
    reads = { perMinute: 12, burst: 36 },
    writes = { perMinute: 4, burst: 12 },
    subscriptionWrites = { perMinute: 450, burst: 1350 },
  } = options;
  const readTurns = new TokenBuckets(reads, clock);
  const writeTurns = new TokenBuckets(writes, clock);
  const subscriptionTurns = new TokenBuckets(subscriptionWrites, clock);
  const blocks = new Blocks(clock);
  const held = new Set<string>();

  /** Takes turns from these buckets, one after the other. @returns why there is none */
  const wait = async (
    resource: ComputeResource,
    turns: readonly (readonly [TokenBuckets, string])[],
    signal: AbortSignal,
  ): Promise<ComputeFailure | undefined> => {
    const taken: (readonly [TokenBuckets, string])[] = [];
    let failure = blocks.of(resource);
    try {
      for (const [buckets, key] of turns) {
        if (failure !== undefined) break;
        const waitMs = buckets.take(key);
        taken.push([buckets, key]);
        if (waitMs > 0) await sleep(clock, waitMs, signal);
        failure = blocks.of(resource);
      }
    } catch {
      failure = { kind: 'aborted', message: 'ended while waiting for its turn' };
    }
    if (failure !== undefined) for (const [buckets, key] of taken) buckets.giveBack(key);
    return failure;
  };

  /** A turn that was kept for a while does not add to those that have come since. */
  const renew = (key: string): undefined => {
    for (const buckets of [readTurns, writeTurns]) {
      buckets.giveBack(key);
      buckets.take(key);
    }
  };

  const turn = async (
    resource: ComputeResource,
    signal: AbortSignal,
  ): Promise<ComputeFailure | undefined> => {
    const key = computeResourceKey(resource);
    const blocked = blocks.of(resource);
    if (blocked !== undefined) return blocked;
    if (held.has(key)) return renew(key);
    const turns = [
      // An update ends with a look at the resource.
      [readTurns, key],
      [writeTurns, key],
      [subscriptionTurns, subscriptionKey(resource)],
    ] as const;
    const failure = await wait(resource, turns, signal);
    if (failure === undefined) held.add(key);
    return failure;
  };

  return {
    turn,
    get: async (resource, signal) => {
      const failure = await wait(resource, [[readTurns, computeResourceKey(resource)]], signal);
      return failure === undefined
        ? blocks.noting(resource, await compute.get(resource, signal))
        : { ok: false, failure };
    },
    patch: async (resource, patch, attach, signal, etag) => {
      const failure = await turn(resource, signal);
      if (failure !== undefined) return { ok: false, failure };
      held.delete(computeResourceKey(resource));
      return blocks.noting(resource, await compute.patch(resource, patch, attach, signal, etag));
    },
  };
}

function subscriptionKey({ subscriptionId }: ComputeResource): string {
  return subscriptionId.toLowerCase();
}

/** Until when Azure is not to be asked, by resource and by subscription. */
class Blocks {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();
  /** How many were sent away while their subscription is to be left alone. */
  readonly #waiting = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(resource: ComputeResource): ComputeFailure | undefined {
    const ofResource = this.#left(computeResourceKey(resource));
    const subscription = subscriptionKey(resource);
    const ofSubscription = this.#left(subscription);
    if (ofResource <= 0 && ofSubscription <= 0) return undefined;
    const unasked = { kind: 'throttled', unasked: true } as const;
    const message = 'Azure asked not to be called about this resource yet';
    if (ofResource >= ofSubscription) return { ...unasked, retryAfterMs: ofResource, message };
    const before = this.#waiting.get(subscription) ?? 0;
    this.#waiting.set(subscription, before + 1);
    return {
      ...unasked,
      retryAfterMs: ofSubscription + before * spreadMs,
      message: 'Azure asked not to be called about this subscription yet',
    };
  }

  noting(resource: ComputeResource, outcome: ComputeOutcome): ComputeOutcome {
    if (outcome.ok || !('retryAfterMs' in outcome.failure)) return outcome;
    const wide = outcome.failure.kind === 'throttled' && outcome.failure.scope === 'subscription';
    const asked = outcome.failure.retryAfterMs ?? (wide ? defaultSubscriptionBlockMs : 0);
    if (asked <= 0) return outcome;
    const retryAfterMs = Math.min(asked, longestBlockMs);
    const key = wide ? subscriptionKey(resource) : computeResourceKey(resource);
    this.#until.set(key, Math.max(this.#until.get(key) ?? 0, this.#clock.monotonic() + retryAfterMs));
    return { ok: false, failure: { ...outcome.failure, retryAfterMs } };
  }

  #left(key: string): number {
    const left = (this.#until.get(key) ?? 0) - this.#clock.monotonic();
    if (left <= 0) {
      this.#until.delete(key);
      this.#waiting.delete(key);
    }
    return left;
  }
}
