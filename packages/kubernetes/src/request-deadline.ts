/**
 * What may end a request early: its deadline, or its caller.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { followAbort } from './follow-abort.js';
import { isKubernetesError, KubernetesError, toKubernetesError } from './kubernetes-error.js';

/** Joins a caller's signal and a timeout into one signal, and leaves nothing behind once ended. */
export class RequestDeadline {
  readonly #controller = new AbortController();
  readonly #cancelTimer: () => void;
  readonly #unfollow: () => void;

  /** @param what - the request, for messages: `GET https://10.0.0.1/api/v1/pods` */
  constructor(clock: Clock, what: string, timeoutMs: number, caller: AbortSignal | undefined) {
    this.#cancelTimer = clock.after(timeoutMs, () => {
      this.#controller.abort(
        new KubernetesError(
          'timeout',
          `${what}: no answer within ${Number((timeoutMs / 1_000).toFixed(2))} s`,
        ),
      );
    });
    this.#unfollow = followAbort(caller, () => {
      this.#controller.abort(new KubernetesError('aborted', `${what}: given up`, { cause: caller?.reason }));
    });
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
    this.#unfollow();
  }

  /** The reason for `error`: the deadline or the caller where that was it. */
  explain(error: unknown): KubernetesError {
    return toKubernetesError(this.signal.aborted ? this.signal.reason : error);
  }
}

/** Whether the reason of an abort is that no answer came in time, or that a stream went silent. */
export function isOutOfTime(reason: unknown): boolean {
  return (
    isKubernetesError(reason, 'timeout') ||
    (isKubernetesError(reason, 'aborted') && isOutOfTime(reason.cause))
  );
}
