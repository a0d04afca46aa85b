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

/**
 * The delay after the `failures`-th failure in a row (from 1): doubling from `baseMs` to `maxMs`, of which a random
 * half to whole, so that many who failed together do not come back together.
 */
export function backoffDelay(
  failures: number,
  { baseMs, maxMs }: BackoffBounds,
  random: () => number,
): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 32));
  return ceiling * (0.5 + random() / 2);
}
