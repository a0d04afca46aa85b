/**
 * Who waits for what, and telling them: waiting reacts to watch events instead of asking again and again.
 *
 * @module
 */
import type { AbortSignalLike, Clock } from '@aad-pod-identity/core';

/** How a wait ended. */
export type WaitOutcome = 'changed' | 'time-over' | 'gone';

/** Listeners by topic. */
export class ChangeSignals {
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Tells everybody who waits for `topic`. */
  emit(topic: string): void {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener();
  }

  /** Tells everybody. */
  emitAll(): void {
    for (const topic of [...this.#listeners.keys()]) this.emit(topic);
  }

  /** Calls `listener` at each change of `topic`; the returned function ends that. */
  on(topic: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#listeners.delete(topic);
    };
  }

  /**
   * Waits for the next change of `topic`, at most `ms` milliseconds. `gone` as soon as `signal` aborts: who asked
   * hung up. Nothing of the wait is left behind, however it ends.
   */
  next(topic: string, clock: Clock, ms: number, signal: AbortSignalLike): Promise<WaitOutcome> {
    if (signal.aborted) return Promise.resolve('gone');
    return new Promise((resolve) => {
      const end = (outcome: WaitOutcome): void => {
        cancelTimer();
        stopListening();
        signal.removeEventListener('abort', hangUp);
        resolve(outcome);
      };
      const hangUp = (): void => end('gone');
      const stopListening = this.on(topic, () => end('changed'));
      const cancelTimer = clock.after(ms, () => end('time-over'));
      signal.addEventListener('abort', hangUp);
    });
  }
}
