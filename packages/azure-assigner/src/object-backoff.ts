import type { Clock } from '@aad-pod-identity/core';
import { doublingDelay } from '@aad-pod-identity/kubernetes';

const firstMs = 1_000;
const longestMs = 180_000;

/**
 * Objects whose write failed: left alone for a while, for longer each time, so that one that the API server refuses
 * holds up no other. Keys are up to the user.
 */
export class ObjectBackoff {
  readonly #clock: Clock;
  readonly #failed = new Map<string, { readonly failures: number; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the object is to be left alone now. */
  holds(key: string): boolean {
    return (this.#failed.get(key)?.until ?? 0) > this.#clock.monotonic();
  }

  failed(key: string): void {
    const failures = (this.#failed.get(key)?.failures ?? 0) + 1;
    const ms = doublingDelay(failures, { baseMs: firstMs, maxMs: longestMs });
    this.#failed.set(key, { failures, until: this.#clock.monotonic() + ms });
  }

  worked(key: string): void {
    this.#failed.delete(key);
  }

  /**
   * Milliseconds until the next of them may be tried again, if any is left alone now. Forgets those that nobody has
   * tried for long, which are gone.
   */
  nextInMs(): number | undefined {
    const now = this.#clock.monotonic();
    let next: number | undefined;
    for (const [key, { until }] of this.#failed) {
      if (until > now) next = Math.min(next ?? until - now, until - now);
      else if (now - until > 2 * longestMs) this.#failed.delete(key);
    }
    return next;
  }
}
