/**
 * What went wrong in a run: one failure must not keep the rest from being done.
 *
 * @module
 */
import { isKubernetesError, type WorkResult } from '@aad-pod-identity/kubernetes';
import { ReconcileFailure, messageOf } from './reconcile-failure.js';
import { runLimited } from './run-limited.js';
import type { Urgency, WriteLane } from './write-lanes.js';

/** A finished run of which something is left undone that nothing else waits for. */
export interface RunResult extends WorkResult {
  readonly problem?: ReconcileFailure;
}

/** Collects the problems of one run: those of the resource, and those of single objects. */
export class RunProblems {
  readonly #atOnce: number;
  readonly #lane: WriteLane;
  readonly #messages: string[] = [];
  readonly #ofObjects: string[] = [];

  /**
   * @param atOnce - how many items of this run are worked on at the same time
   * @param lane - bounds and orders those of all runs together
   */
  constructor(atOnce: number, lane: WriteLane) {
    this.#atOnce = atOnce;
    this.#lane = lane;
  }

  /** Notes what the whole run has to be tried again for. */
  add(message: string): void {
    this.#messages.push(message);
  }

  /**
   * Does `work` for each item, and notes what failed: that holds up none of the others.
   *
   * @returns whether nothing did
   * @throws KubernetesError `not-leading` or `aborted`: nothing more is to be done or said
   */
  async each<T>(urgency: Urgency, items: readonly T[], work: (item: T) => Promise<void>): Promise<boolean> {
    const errors = await runLimited(items, this.#atOnce, (item) => this.#lane.run(urgency, () => work(item)));
    for (const error of errors) {
      if (isEnding(error)) throw error;
      this.#ofObjects.push(messageOf(error));
    }
    return errors.length === 0;
  }

  /**
   * @returns what went wrong with single objects
   * @throws ReconcileFailure where the whole run has to be tried again
   */
  result(): ReconcileFailure | undefined {
    const failure = summary([...this.#messages, ...this.#ofObjects]);
    if (failure !== undefined && this.#messages.length > 0) throw failure;
    return failure;
  }
}

/** Tells the first, and how many more there are. */
function summary([first, ...more]: readonly string[]): ReconcileFailure | undefined {
  if (first === undefined) return undefined;
  return new ReconcileFailure(more.length === 0 ? first : `${first} (and ${more.length} more problems)`);
}

/** Whether the lease is lost or the program stops. */
export function isEnding(error: unknown): boolean {
  return isKubernetesError(error, 'not-leading', 'aborted');
}
