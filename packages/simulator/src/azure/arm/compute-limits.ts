/**
 * The compute provider's request limits, a bucket for each resource.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { ArmFailure } from '../arm-failure.js';
import type { ComputeResource } from '../compute/compute-resource.js';
import { idKey } from '../resource-id.js';
import { TokenBuckets, type BucketLimit } from '../token-bucket.js';

/** Requests that a single virtual machine or scale set bears. */
export interface ComputeLimits {
  readonly reads: BucketLimit;
  readonly writes: BucketLimit;
}

/** Azure's own numbers. */
export const realComputeLimits: ComputeLimits = {
  reads: { perMinute: 12, burst: 36 },
  writes: { perMinute: 4, burst: 12 },
};

/** Counts requests against the limits. */
export class ComputeThrottle {
  readonly #reads: TokenBuckets;
  readonly #writes: TokenBuckets;
  readonly #clock: Clock;

  constructor(limits: ComputeLimits, clock: Clock) {
    this.#reads = new TokenBuckets(limits.reads, () => clock.monotonic());
    this.#writes = new TokenBuckets(limits.writes, () => clock.monotonic());
    this.#clock = clock;
  }

  /**
   * Counts one request. Returns the headers that tell what is left; throws 429 with `Retry-After` where nothing is.
   */
  count(kind: 'read' | 'write', resource: ComputeResource): Record<string, string> {
    const answer = (kind === 'read' ? this.#reads : this.#writes).take(idKey(resource.id));
    const group = `${kind === 'read' ? 'Get' : 'Update'}${resource.kind === 'virtualMachine' ? 'VM' : 'VMScaleSet'}Resource`;
    if (answer.allowed) {
      return { 'x-ms-ratelimit-remaining-resource': `Microsoft.Compute/${group};${answer.remaining}` };
    }
    const start = new Date(this.#clock.now());
    throw new ArmFailure(
      429,
      'OperationNotAllowed',
      'The server rejected the request because too many requests have been received for this subscription.',
      {
        headers: {
          'Retry-After': String(answer.retryAfterSeconds),
          'x-ms-ratelimit-remaining-resource': `Microsoft.Compute/${group};0`,
        },
        details: [
          {
            code: 'TooManyRequests',
            target: group,
            message: JSON.stringify({
              operationGroup: group,
              startTime: start.toISOString(),
              endTime: new Date(start.getTime() + answer.retryAfterSeconds * 1000).toISOString(),
            }),
          },
        ],
      },
    );
  }
}
