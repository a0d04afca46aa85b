import type { Clock } from '@aad-pod-identity/core';
import { doublingDelay } from '@aad-pod-identity/kubernetes';

const firstMs = 1_000;
const longestMs = 180_000;

interface Failed {
  readonly failures: number;
  readonly until: number;
  /** It was to be written since {@link ObjectBackoff.nextInMs} was last asked, and was not. */
  held: boolean;
}

/**
 * Objects whose write failed: left alone for a while, for longer each time, so that one that the API server refuses
 * holds up no other. Keys are up to the user.
 */
export class ObjectBackoff {
  readonly #clock: Clock;
  readonly #failed = new Map<string, Failed>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the object is to be left alone now. */
  holds(key: string): boolean {
    const failed = this.#failed.get(key);
    if (failed === undefined || failed.until <= this.#clock.monotonic()) return false;
    failed.held = true;
    return true;
  }

  failed(key: string): void {
    const failures = (this.#failed.get(key)?.failures ?? 0) + 1;
    const ms = doublingDelay(failures, { baseMs: firstMs, maxMs: longestMs });
    this.#failed.set(key, { failures, until: this.#clock.monotonic() + ms, held: false });
  }

  worked(key: string): void {
    this.#failed.delete(key);
  }

  /**
   * Milliseconds until the next of them may be tried again, if any is left alone now, or was at the beginning of this run.
   * Forgets those that nobody has tried for long, which are gone.
   */
  nextInMs(): number | undefined {
    const now = this.#clock.monotonic();
    let next: number | undefined;
    for (const [key, failed] of this.#failed) {
      const { until, held } = failed;
      failed.held = false;
      if (until > now || held) next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.max(0, until - now));
      else if (now - until > 2 * longestMs) this.#failed.delete(key);
    }
    return next;
  }
}
