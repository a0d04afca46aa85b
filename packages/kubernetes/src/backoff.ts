/**
 * How long to wait after a failure.
 *
 * @module
 */

/** The bounds of an exponential backoff, in milliseconds. */
export interface BackoffBounds {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** The whole delay after the `failures`-th failure in a row (from 1): doubling from `baseMs` to `maxMs`. */
export function doublingDelay(failures: number, { baseMs, maxMs }: BackoffBounds): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 32));
}

/**
 * The delay after the `failures`-th failure in a row (from 1): of {@link doublingDelay} a random half to
 * whole, so that many who failed together do not come back together.
 */
export function backoffDelay(
  failures: number,
  { baseMs, maxMs }: BackoffBounds,
  random: () => number,
): number {
  return doublingDelay(failures, { baseMs, maxMs }) * (0.5 + random() / 2);
}
