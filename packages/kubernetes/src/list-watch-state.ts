/**
 * Where a list/watch stands, and the one line that tells a person.
 *
 * @module
 */
import { match } from 'ts-pattern';
import type { KubernetesError } from './kubernetes-error.js';
import { resourceName, type Resource } from './resource.js';

/** A list or watch that failed and will be tried again. */
export interface ListWatchRetrying {
  readonly kind: 'retrying';
  readonly operation: 'list' | 'watch';
  readonly error: KubernetesError;
  /** Failures in a row, this one included. */
  readonly failures: number;
  readonly retryInMs: number;
}

/** Where a `ListWatch` stands. */
export type ListWatchState =
  | { readonly kind: 'idle' }
  /** Reading the whole list, page by page. */
  | { readonly kind: 'listing' }
  /** The watch is asked for; no answer yet. */
  | { readonly kind: 'connecting'; readonly resourceVersion: string }
  | { readonly kind: 'watching'; readonly resourceVersion: string }
  | ListWatchRetrying
  | { readonly kind: 'stopped' };

/**
 * One line for a log.
 *
 * @example
 * 'cannot reach the API server to watch pods: GET https://10.0.0.1/api/v1/pods: connect ECONNREFUSED 10.0.0.1:443; retrying in 2.1 s'
 */
export function describeListWatchState(
  resource: Pick<Resource<unknown>, 'group' | 'plural'>,
  state: ListWatchState,
): string {
  const name = resourceName(resource);
  return match(state)
    .with({ kind: 'idle' }, () => `${name} are not watched yet`)
    .with({ kind: 'listing' }, () => `listing ${name}`)
    .with({ kind: 'connecting' }, () => `connecting the watch of ${name}`)
    .with({ kind: 'watching' }, () => `watching ${name}`)
    .with({ kind: 'retrying' }, (retrying) => {
      const seconds = (retrying.retryInMs / 1_000).toFixed(1);
      return `${describeFailure(resource, retrying)}; retrying in ${seconds} s`;
    })
    .with({ kind: 'stopped' }, () => `${name} are no longer watched`)
    .exhaustive();
}

function describeFailure(
  resource: Pick<Resource<unknown>, 'group' | 'plural'>,
  { error, operation }: ListWatchRetrying,
): string {
  const name = resourceName(resource);
  switch (error.code) {
    case 'not-found':
      return resource.group === ''
        ? `the API server does not know ${name}: is its address right? (${error.message})`
        : `the CRD ${name} is missing: apply deploy/crds`;
    case 'forbidden':
      return `no permission to ${operation} ${name}: check the ClusterRole and its binding (${error.message})`;
    case 'unauthorized':
      return `the API server does not accept the credentials to ${operation} ${name} (${error.message})`;
    case 'network':
    case 'timeout':
      return `cannot reach the API server to ${operation} ${name}: ${error.message}`;
    default:
      return `cannot ${operation} ${name}: ${error.message}`;
  }
}
