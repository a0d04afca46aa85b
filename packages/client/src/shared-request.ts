/**
 * One request that several callers wait for, each with a signal of its own.
 *
 * @module
 */
import { PodIdentityClientError } from './client-error.js';

/** The part of an `AbortSignal` that is needed; the platform's and the Azure SDKs' fit. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Runs `send` at once. A caller that aborts leaves alone; when the last one has left, the request itself is aborted. */
export class SharedRequest<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;

  constructor(send: (signal: AbortSignal) => Promise<T>) {
    this.#result = send(this.#controller.signal);
  }

  /** Whether every caller has left: then nobody can join any more. */
  get abandoned(): boolean {
    return this.#controller.signal.aborted;
  }

  /** The result, or a `PodIdentityClientError` of code `aborted` as soon as this caller's signal aborts. */
  async join(signal: AbortSignalLike | undefined): Promise<T> {
    this.#waiting++;
    let leave = (): void => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      leave = (): void => {
        reject(new PodIdentityClientError('aborted', 'The request for a token was aborted'));
      };
      if (signal?.aborted === true) leave();
      else signal?.addEventListener('abort', leave);
    });
    try {
      return await Promise.race([this.#result, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#waiting--;
      if (this.#waiting === 0) this.#controller.abort();
    }
  }
}
