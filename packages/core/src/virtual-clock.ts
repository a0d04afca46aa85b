/**
 * A {@link Clock} that moves only when told to: timers fire in order of their due time, then of their creation.
 *
 * @module
 */
import type { Clock } from './clock.js';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * Virtual time for tests and simulations. Deterministic: the same calls fire the same timers in the same order.
 *
 * @example
 * const clock = new VirtualClock(0);
 * clock.after(1000, () => fired.push('a'));
 * await clock.advance(1000); // fired = ['a']
 */
export class VirtualClock implements Clock {
  #wall: number;
  #monotonic = 0;
  #created = 0;
  readonly #timers = new Set<Timer>();
  readonly #settle: () => Promise<void>;

  /**
   * @param start - the wall-clock time to begin at, in milliseconds since the epoch
   * @param settle - awaited after every timer, so that promise chains run before the next one fires; a simulation
   * whose work also goes through the event loop passes something stronger than the default (a few microtask turns)
   */
  constructor(start = 0, settle: () => Promise<void> = settleMicrotasks) {
    this.#wall = start;
    this.#settle = settle;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { due: this.#monotonic + Math.max(0, ms), order: this.#created++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer fires, or `undefined` where none waits. */
  untilNext(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.due - this.#monotonic;
  }

  /** Moves both times forward by `ms`, firing what falls due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.#settle();
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      this.#moveTo(next.due);
      this.#timers.delete(next);
      next.callback();
      await this.#settle();
    }
    this.#moveTo(end);
  }

  /** Makes the wall clock jump by `ms` (forward or back) without the passing of any time. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (
        next === undefined ||
        timer.due < next.due ||
        (timer.due === next.due && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    return next;
  }
}

async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
