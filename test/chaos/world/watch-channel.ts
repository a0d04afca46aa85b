import type { Clock } from '@aad-pod-identity/core';
import { FakeStream } from '../../../packages/kubernetes/src/testing/fake-connection.js';

/** The lines of one watch on their way to a process: in order, each with a delay, until one end closes it. */
export class WatchChannel {
  readonly #clock: Clock;
  readonly #deliver: (callback: () => void) => void;
  readonly #stream = new FakeStream();
  /** When the line before arrives: none overtakes another. */
  #lastArrival = 0;
  #broken = false;

  /** @param deliver - how something reaches the process that reads */
  constructor(clock: Clock, deliver: (callback: () => void) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** Sends a line; `arrived` is called when the process has it. */
  send(line: string, delayMs: number, arrived: () => void): void {
    this.#later(delayMs, () => {
      arrived();
      this.#stream.push(line);
    });
  }

  /** Ends the stream after the lines before, in good order or with an error. */
  end(delayMs: number, error?: Error): void {
    this.#later(delayMs, () => this.#stream.end(error));
  }

  /** The connection is cut: what is still on its way never arrives. */
  cut(error: Error): void {
    if (this.#broken) return;
    this.#deliver(() => this.#stream.end(error));
    this.#broken = true;
  }

  read(): AsyncGenerator<string, void> {
    return this.#stream.read();
  }

  #later(delayMs: number, callback: () => void): void {
    if (this.#broken) return;
    const now = this.#clock.monotonic();
    this.#lastArrival = Math.max(this.#lastArrival, now + delayMs);
    this.#clock.after(this.#lastArrival - now, () => {
      if (!this.#broken) this.#deliver(callback);
    });
  }
}
