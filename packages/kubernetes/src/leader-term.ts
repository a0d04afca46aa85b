/**
 * One time of leading: how long it certainly lasts, and its end.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { KubernetesError } from './kubernetes-error.js';

/** One time of leading, from taking the lease to losing or releasing it. */
export interface LeaderTerm {
  /** 1 for the first term of this process, then 2, … */
  readonly number: number;
  /** Aborts when the term is over: lost, run out, or released. Its reason is a `KubernetesError` `not-leading`. */
  readonly leading: AbortSignal;
  /** Aborts when this instance is to stop: begin nothing more, finish what is under way, and end the work. */
  readonly stopping: AbortSignal;
  /**
   * Until when (on `clock.monotonic()`) the lease certainly holds. Moves with each renewal; it passes even if the
   * renewing itself is stuck.
   */
  validUntil(): number;
  /** @throws KubernetesError `not-leading` once the term is over or {@link validUntil} has passed. */
  assertLeading(): void;
}

/** The elector's side of a {@link LeaderTerm}: it ends by itself when it is not extended in time. */
export class RunningTerm implements LeaderTerm {
  readonly number: number;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #stopping = new AbortController();
  #validUntil: number;
  #cancel: () => void = () => undefined;
  #cancelWindUp: () => void = () => undefined;

  constructor(number: number, clock: Clock, validUntil: number) {
    this.number = number;
    this.#clock = clock;
    this.#validUntil = validUntil;
    this.extend(validUntil);
  }

  get leading(): AbortSignal {
    return this.#controller.signal;
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  validUntil(): number {
    return this.#validUntil;
  }

  assertLeading(): void {
    const reason: unknown = this.leading.reason;
    if (reason instanceof Error) throw reason;
    // The timer that ends the term may be late where the process was busy; the clock is not.
    if (this.#clock.monotonic() >= this.#validUntil) throw ranOut();
  }

  /** The lease was renewed: the term lasts until `validUntil`. */
  extend(validUntil: number): void {
    if (this.leading.aborted) return;
    this.#validUntil = validUntil;
    this.#cancel();
    this.#cancel = this.#clock.after(validUntil - this.#clock.monotonic(), () => {
      this.end(ranOut());
    });
  }

  /** This instance is to stop: the work has `windUpMs` milliseconds to end, and then the term does. */
  stop(windUpMs: number): void {
    const reason = new KubernetesError('not-leading', 'this instance is stopping');
    this.#stopping.abort(reason);
    if (windUpMs <= 0) this.end(reason);
    else if (!this.leading.aborted) this.#cancelWindUp = this.#clock.after(windUpMs, () => this.end(reason));
  }

  end(reason: KubernetesError): void {
    this.#cancel();
    this.#cancelWindUp();
    this.#controller.abort(reason);
  }
}

function ranOut(): KubernetesError {
  return new KubernetesError('not-leading', 'the lease could not be renewed in time');
}
