/**
 * What went wrong in a run: one failure must not keep the rest from being done.
 *
 * @module
 */
import { isKubernetesError } from '@aad-pod-identity/kubernetes';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import { ReconcileFailure, messageOf } from './reconcile-failure.js';
import { runLimited } from './run-limited.js';

/** Collects the problems of one run. */
export class RunProblems {
  readonly #atOnce: number;
  readonly #limit: ConcurrencyLimit;
  readonly #messages: string[] = [];

  /**
   * @param atOnce - how many items of this run are worked on at the same time
   * @param limit - bounds those of all runs together
   */
  constructor(atOnce: number, limit: ConcurrencyLimit) {
    this.#atOnce = atOnce;
    this.#limit = limit;
  }

  add(message: string): void {
    this.#messages.push(message);
  }

  /**
   * Does `work` for each item, and notes what failed.
   *
   * @returns whether nothing did
   * @throws KubernetesError `not-leading` or `aborted`: nothing more is to be done or said
   */
  async each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<boolean> {
    const errors = await runLimited(items, this.#atOnce, (item) => this.#limit.run(() => work(item)));
    for (const error of errors) {
      if (isEnding(error)) throw error;
      this.add(messageOf(error));
    }
    return errors.length === 0;
  }

  /** @throws ReconcileFailure that tells the first, and how many more there are */
  throwIfAny(): void {
    const [first, ...more] = this.#messages;
    if (first === undefined) return;
    throw new ReconcileFailure(more.length === 0 ? first : `${first} (and ${more.length} more problems)`);
  }
}

/** Whether the lease is lost or the program stops. */
export function isEnding(error: unknown): boolean {
  return isKubernetesError(error, 'not-leading', 'aborted');
}
