/**
 * Notices that a stream has gone silent.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { followAbort } from './follow-abort.js';
import { KubernetesError } from './kubernetes-error.js';

/** Aborts a watch that has not said anything for too long. One timer serves any number of events. */
export class SilenceGuard {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #what: string;
  readonly #inactivityMs: number;
  #heardAt: number;
  #cancel: () => void = () => undefined;
  readonly #unfollow: () => void;

  constructor(clock: Clock, what: string, inactivityMs: number, stop: AbortSignal) {
    this.#clock = clock;
    this.#what = what;
    this.#inactivityMs = inactivityMs;
    this.#heardAt = clock.monotonic();
    this.#unfollow = followAbort(stop, () => this.#controller.abort(stop.reason));
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  end(): void {
    this.#cancel();
    this.#unfollow();
  }

  /** Silence explains the `aborted` that it caused. */
  explain(error: unknown): unknown {
    const reason: unknown = this.#controller.signal.reason;
    return reason instanceof KubernetesError && reason.code === 'timeout' ? reason : error;
  }

  #arm(): void {
    this.#cancel = this.#clock.after(this.#leftMs(), () => {
      // Computed as the delay is: any other form may differ in the last digit, and arm a timer of nothing for ever.
      if (this.#leftMs() > 0) {
        this.#arm();
        return;
      }
      const seconds = this.#inactivityMs / 1_000;
      this.#controller.abort(
        new KubernetesError('timeout', `${this.#what}: not a word for ${seconds} s, not even a bookmark`),
      );
    });
  }

  #leftMs(): number {
    return this.#heardAt + this.#inactivityMs - this.#clock.monotonic();
  }
}
