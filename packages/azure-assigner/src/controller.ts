/**
 * MIC's work of one term: one queue key for each compute resource, fed by what changes in the cluster.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { WorkQueue, type QueueDepth, type WorkResult } from '@aad-pod-identity/kubernetes';
import type { AssignmentEffect, AssignmentIndex } from '@aad-pod-identity/matcher';
import type { RunResult } from './run-problems.js';

/** The queue key of what belongs to no compute resource; resource keys begin with a slash. */
export const unplacedKey = 'unplaced';

/** One run that ended, for metrics and logs. */
export interface FinishedRun {
  /** The key of a compute resource, or `unplaced`. */
  readonly key: string;
  readonly seconds: number;
}

/** Options of a {@link Controller}. */
export interface ControllerOptions {
  readonly index: AssignmentIndex;
  readonly clock: Clock;
  readonly random: () => number;
  /** Runs on a compute resource. */
  readonly reconcileResource: (key: string, signal: AbortSignal) => Promise<RunResult>;
  /** Told of each change to a compute resource: a run on it that is under way may take it up. */
  readonly resourceChanged?: (key: string) => void;
  /** Runs on what belongs to none. */
  readonly reconcileUnplaced: (signal: AbortSignal) => Promise<RunResult>;
  /** How often everything is evaluated, whether or not something changed, in milliseconds. */
  readonly syncMs: number;
  /** How long changes to a resource are collected, in milliseconds. @default 40 */
  readonly windowMs?: number;
  /** First delay after a failure, in milliseconds; doubles with each further one. @default 1000 */
  readonly backoffMs?: number;
  /** The longest such delay, in milliseconds. @default 300000 */
  readonly maxBackoffMs?: number;
  readonly onRun?: (run: FinishedRun) => void;
  readonly onFailure: (key: string, error: unknown, retryInMs: number | undefined) => void;
  readonly onDepth?: (depth: QueueDepth) => void;
}

/**
 * All resources may be worked on at once: nearly all of that time is waiting for Azure, or for a turn to ask it, and
 * a resource that waits must not keep another from beginning. What is bounded is requests, where they are sent.
 */
const concurrency = Number.POSITIVE_INFINITY;

/** Takes what changed, and runs where it matters. Begins with everything. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  #cancelSync: () => void = () => undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { clock, random, windowMs = 40, backoffMs = 1_000, maxBackoffMs = 300_000, onDepth } = options;
    this.#queue = new WorkQueue({
      clock,
      random,
      windowMs,
      backoffMs,
      maxBackoffMs,
      concurrency,
      work: (key, signal) => this.#run(key, signal),
      onError: ({ key, error, retryInMs }) => options.onFailure(key, error, retryInMs),
      ...(onDepth === undefined ? {} : { onDepth }),
    });
    this.#sync();
  }

  /** Something changed in the cluster. */
  changed({ assignments, resources }: AssignmentEffect): void {
    for (const key of resources) {
      this.#queue.add(key);
      this.#options.resourceChanged?.(key);
    }
    for (const key of assignments) {
      if (this.#options.index.placedChangesOf(key).some(({ placement }) => placement.kind === 'none')) {
        this.#queue.add(unplacedKey);
        return;
      }
    }
  }

  /** Any of these resources may need something else now. */
  addAll(resources: Iterable<string>): void {
    for (const key of resources) this.#queue.add(key);
  }

  /** Resolves when nothing is left to do now; what waits for a time is not waited for. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** Begins no more runs; resolves when those under way have ended. */
  async drain(): Promise<void> {
    this.#cancelSync();
    await this.#queue.drain();
  }

  /** Ends the runs under way and begins no more. */
  async stop(reason: Error): Promise<void> {
    this.#cancelSync();
    await this.#queue.abort(reason);
  }

  #sync(): void {
    const { clock, index, syncMs } = this.#options;
    this.#queue.add(unplacedKey);
    this.addAll(index.resources());
    this.#cancelSync = clock.after(syncMs, () => this.#sync());
  }

  async #run(key: string, signal: AbortSignal): Promise<WorkResult> {
    const { clock, reconcileResource, reconcileUnplaced, onRun, onFailure } = this.#options;
    const started = clock.monotonic();
    try {
      const run = key === unplacedKey ? reconcileUnplaced(signal) : reconcileResource(key, signal);
      const { problem, ...result } = await run;
      if (problem !== undefined) onFailure(key, problem, result.requeueAfterMs);
      return result;
    } finally {
      onRun?.({ key, seconds: (clock.monotonic() - started) / 1000 });
    }
  }
}
