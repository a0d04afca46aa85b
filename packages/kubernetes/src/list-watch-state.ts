/**
 * Where a list/watch stands, and the one line that tells a person.
 *
 * @module
 */
import { match } from 'ts-pattern';
import type { KubernetesError } from './kubernetes-error.js';
import { resourceName, type Resource } from './resource.js';

/** Where a {@link ListWatch} stands. */
export type ListWatchState =
  | { readonly kind: 'idle' }
  /** Reading the whole list, page by page. */
  | { readonly kind: 'listing' }
  /** The watch is asked for; no answer yet. */
  | { readonly kind: 'connecting'; readonly resourceVersion: string }
  | { readonly kind: 'watching'; readonly resourceVersion: string }
  /** The last list or watch failed; the next attempt comes in `retryInMs`. `failures` counts those in a row. */
  | {
      readonly kind: 'retrying';
      readonly operation: 'list' | 'watch';
      readonly error: KubernetesError;
      readonly failures: number;
      readonly retryInMs: number;
    }
  | { readonly kind: 'stopped' };

/**
 * One line for a log, or `undefined` for the states that need none.
 *
 * @example
 * 'cannot watch pods at https://10.0.0.1: connect ECONNREFUSED 10.0.0.1:443; retrying in 2.1 s'
 */
export function describeListWatchState(
  resource: Resource<unknown>,
  state: ListWatchState,
): string | undefined {
  return match(state)
    .with({ kind: 'retrying' }, (retrying) => `${resourceName(resource)} ${retrying.error.message}`)
    .otherwise(() => undefined);
}
