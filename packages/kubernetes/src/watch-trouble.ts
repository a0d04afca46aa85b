/**
 * One line for each trouble of the watches, not one for each attempt of each kind.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { KubernetesErrorCode } from './kubernetes-error.js';
import { describeListWatchState, type ListWatchState } from './list-watch-state.js';
import { resourceName, type Resource } from './resource.js';

/** Troubles of the way to the API server, which all kinds have together. */
const shared: ReadonlySet<KubernetesErrorCode> = new Set([
  'network',
  'timeout',
  'unauthorized',
  'unavailable',
]);

/** The same trouble is told again after this many milliseconds. */
const againMs = 60_000;

/** Tells of troubles of the watches as they come up, and rarely again while they last. */
export class WatchTrouble {
  readonly #clock: Clock;
  readonly #tell: (line: string) => void;
  readonly #told = new Map<string, number>();

  constructor(clock: Clock, tell: (line: string) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Takes a change of state of the watch of `resource`. */
  note(resource: Pick<Resource<unknown>, 'group' | 'plural'>, state: ListWatchState): void {
    const name = resourceName(resource);
    if (state.kind === 'watching') {
      for (const trouble of shared) this.#told.delete(trouble);
      for (const trouble of this.#told.keys()) if (trouble.startsWith(`${name} `)) this.#told.delete(trouble);
    }
    if (state.kind !== 'retrying') return;
    const { code } = state.error;
    const trouble = shared.has(code) ? code : `${name} ${code}`;
    const now = this.#clock.monotonic();
    if (now - (this.#told.get(trouble) ?? Number.NEGATIVE_INFINITY) < againMs) return;
    this.#told.set(trouble, now);
    this.#tell(describeListWatchState(resource, state));
  }
}
