/**
 * The machine's time, with a hand on it: tests and people can let hours pass at once.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
  handle: NodeJS.Timeout;
}

/** A {@link Clock} on the machine's time that can be moved. */
export class AdjustableClock implements Clock {
  #wallOffset = 0;
  #monotonicOffset = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Math.round(Date.now() + this.#wallOffset);
  }

  monotonic(): number {
    return performance.now() + this.#monotonicOffset;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = {
      due: this.monotonic() + ms,
      callback,
      handle: this.#arm(ms, () => this.#fire(timer)),
    };
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer.handle);
      this.#timers.delete(timer);
    };
  }

  /** Lets `ms` milliseconds pass at once: both times move on, and timers that fall due fire soon. */
  advance(ms: number): void {
    if (!(ms >= 0))
      throw new TypeError(`a clock can be advanced by a number of milliseconds from 0 on, not ${ms}`);
    this.#wallOffset += ms;
    this.#monotonicOffset += ms;
    for (const timer of this.#timers) {
      clearTimeout(timer.handle);
      timer.handle = this.#arm(timer.due - this.monotonic(), () => this.#fire(timer));
    }
  }

  /** Makes the wall clock alone jump, forward or back, as a correction of the time would. */
  jump(ms: number): void {
    if (!Number.isFinite(ms)) throw new TypeError(`a clock can jump by a number of milliseconds, not ${ms}`);
    this.#wallOffset += ms;
  }

  /** How far the wall clock is from the machine's, in milliseconds. */
  get offset(): number {
    return this.#wallOffset;
  }

  /** Stops every timer; none fires any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer.handle);
    this.#timers.clear();
  }

  /** Node's timers hold at most 2^31 - 1 milliseconds; what is due later is armed again then. */
  #arm(ms: number, fire: () => void): NodeJS.Timeout {
    return setTimeout(fire, Math.min(Math.max(0, ms), 2 ** 31 - 1));
  }

  #fire(timer: Timer): void {
    const left = timer.due - this.monotonic();
    if (left > 1) {
      timer.handle = this.#arm(left, () => this.#fire(timer));
      return;
    }
    this.#timers.delete(timer);
    timer.callback();
  }
}
