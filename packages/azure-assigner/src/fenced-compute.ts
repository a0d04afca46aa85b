import type { LeaderTerm } from '@aad-pod-identity/kubernetes';
import type { Compute } from './compute.js';

/**
 * `compute`, changing nothing once `term` is over or has run out, and ending what is under way when it ends. Azure
 * knows nothing of the lease: a PATCH that it has already takes its course, and the next leader finds its outcome.
 */
export function fencedCompute(compute: Compute, term: LeaderTerm): Compute {
  const bounded = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, term.leading]);
  return {
    get: (resource, signal) => compute.get(resource, bounded(signal)),
    async patch(resource, patch, attach, signal) {
      try {
        term.assertLeading();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { ok: false, failure: { kind: 'aborted', message } };
      }
      return compute.patch(resource, patch, attach, bounded(signal));
    },
  };
}
