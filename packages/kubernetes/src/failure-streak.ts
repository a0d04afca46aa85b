/**
 * Failures in a row: what the length of a backoff comes from.
 *
 * @module
 */
import { isKubernetesError, type KubernetesError } from './kubernetes-error.js';

/** Whether nobody answered, or somebody who only says that the API server is not there. */
export function isUnreachable(error: KubernetesError): boolean {
  return isKubernetesError(error, 'network', 'timeout', 'unavailable');
}

/**
 * Counts failures in a row. The first answer of a server that was away, whatever it says, begins a new row, as its first
 * answers are failures of another kind: it is not ready yet (429), or has forgotten the version that is asked for (410). That is once,
 * until {@link end}: one that goes on coming and going is not asked more and more often.
 */
export class FailureStreak {
  #failures = 0;
  #unreachable = false;
  #begunAnew = false;

  /** All is well again. */
  end(): void {
    this.#failures = 0;
    this.#unreachable = false;
    this.#begunAnew = false;
  }

  /** Counts a failure. @returns how many there are in the row, this one included */
  add(error: KubernetesError): number {
    const unreachable = isUnreachable(error);
    if (this.#unreachable && !unreachable && !this.#begunAnew) {
      this.#failures = 0;
      this.#begunAnew = true;
    }
    this.#unreachable = unreachable;
    return ++this.#failures;
  }
}
