/**
 * What may end a request early: its deadline, or its caller.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { KubernetesError, toKubernetesError } from './kubernetes-error.js';

/** Joins a caller's signal and a timeout into one signal, and leaves nothing behind once ended. */
export class RequestDeadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #onCallerAbort: () => void;
  #cancelTimer: () => void;

  /** @param what - the request, for messages: `GET https://10.0.0.1/api/v1/pods` */
  constructor(clock: Clock, what: string, timeoutMs: number, caller: AbortSignal | undefined) {
    this.#caller = caller;
    this.#onCallerAbort = () => {
      this.#controller.abort(new KubernetesError('aborted', `${what}: given up`, { cause: caller?.reason }));
    };
    this.#cancelTimer = clock.after(timeoutMs, () => {
      this.#controller.abort(
        new KubernetesError('timeout', `${what}: no answer within ${timeoutMs / 1_000} s`),
      );
    });
    if (caller?.aborted === true) this.#onCallerAbort();
    else caller?.addEventListener('abort', this.#onCallerAbort);
  }

  /** Aborts with a `KubernetesError` of code `timeout` or `aborted`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on only the caller ends the request. */
  lift(): void {
    this.#cancelTimer();
  }

  /** The request is over: no timer and no listener remain. */
  end(): void {
    this.#cancelTimer();
    this.#caller?.removeEventListener('abort', this.#onCallerAbort);
  }

  /** The reason for `error`: the deadline or the caller where that was it. */
  explain(error: unknown): KubernetesError {
    return toKubernetesError(this.signal.aborted ? this.signal.reason : error);
  }
}
