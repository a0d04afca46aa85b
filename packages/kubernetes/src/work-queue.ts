/**
 * A queue of keys, each worked on by one worker at a time.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';

/** What a worker may ask for when it has finished without an error. */
export interface WorkResult {
  /** Run the key again after this many milliseconds, unless it is added earlier. */
  readonly requeueAfterMs?: number;
}

/** How full a queue is. */
export interface QueueDepth {
  /** Keys that could run now, if a worker were free. */
  readonly ready: number;
  /** Keys whose window, delay or backoff is not over. */
  readonly waiting: number;
  readonly running: number;
}

/** Options of a {@link WorkQueue}. */
export interface WorkQueueOptions<Key extends string> {
  readonly clock: Clock;
  readonly random: () => number;
  /** Does the work of one key. Rejecting makes the key run again after its backoff. */
  readonly work: (key: Key, signal: AbortSignal) => Promise<WorkResult | void>;
  /** How many keys are worked on at once. @default 1 */
  readonly concurrency?: number;
  /** Milliseconds that changes are collected, from the first `add`, before the key runs. @default 0 */
  readonly windowMs?: number;
  /** Delay after the first failure, in milliseconds; doubles with each further one. @default 500 */
  readonly backoffMs?: number;
  /** The longest such delay, in milliseconds. @default 60000 */
  readonly maxBackoffMs?: number;
  /** Called when the work of a key failed. `retryInMs` is the delay chosen. */
  readonly onError: (failure: {
    readonly key: Key;
    readonly error: unknown;
    readonly failures: number;
    readonly retryInMs: number;
  }) => void;
  /** Called when the depth has changed. */
  readonly onDepth?: (depth: QueueDepth) => void;
}

/** The queue. Keys run in the order in which they became due; a key never runs twice at the same time. */
export class WorkQueue<Key extends string = string> {
  constructor(options: WorkQueueOptions<Key>) {
    void options;
  }

  get depth(): QueueDepth {
    throw new Error('being written');
  }

  /** Asks for a run of `key` after the window. Joins a run that waits already; during a run it asks for another. */
  add(key: Key): void {
    throw new Error(`being written ${key}`);
  }

  /** Asks for a run of `key` in `ms` milliseconds, unless one is due earlier. */
  addAfter(key: Key, ms: number): void {
    throw new Error(`being written ${key} ${ms}`);
  }

  /** Forgets the failures of `key`: its backoff is over. */
  forget(key: Key): void {
    throw new Error(`being written ${key}`);
  }

  /** Resolves when nothing is ready or running and no window is open; backoffs and delays are not waited for. */
  idle(): Promise<void> {
    throw new Error('being written');
  }

  /** No new runs from now on; resolves when those in progress have ended. */
  drain(): Promise<void> {
    throw new Error('being written');
  }

  /** Aborts the signals of the runs in progress, and drains. */
  abort(reason: Error): Promise<void> {
    throw reason;
  }
}
