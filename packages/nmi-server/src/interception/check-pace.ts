/**
 * How often rules are looked at because something changed. Pure: times come in.
 *
 * @module
 */

/** Bounds of a {@link CheckPace}. */
export interface PaceBounds {
  /** As many checks may follow each other at once. */
  readonly burst: number;
  /** After that, one each so many milliseconds. */
  readonly eachMs: number;
}

/**
 * Lets the first checks through at once and then slows down: a program that flushes the rules again and again is answered
 * again and again, but not as fast as it goes on.
 */
export class CheckPace {
  readonly #bounds: PaceBounds;
  #left: number;
  #countedAt = 0;

  constructor(bounds: PaceBounds) {
    this.#bounds = bounds;
    this.#left = bounds.burst;
  }

  /** Milliseconds until the next check may be made: 0 is now. */
  delay(now: number): number {
    this.#refill(now);
    return this.#left >= 1 ? 0 : Math.ceil((1 - this.#left) * this.#bounds.eachMs);
  }

  /** Counts a check that is made. */
  spend(now: number): void {
    this.#refill(now);
    this.#left = Math.max(0, this.#left - 1);
  }

  #refill(now: number): void {
    this.#left = Math.min(this.#bounds.burst, this.#left + (now - this.#countedAt) / this.#bounds.eachMs);
    this.#countedAt = now;
  }
}
