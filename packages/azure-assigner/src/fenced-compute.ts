import type { LeaderTerm } from '@aad-pod-identity/kubernetes';
import type { Compute } from './compute.js';

/**
 * `compute`, changing nothing once `term` is over or has run out, and ending what is under way when it ends. Azure
 * knows nothing of the lease: a PATCH that it has already takes its course, and the next leader finds its outcome.
 * Once `term` is stopping nothing new begins, and only a PATCH that is under way may still end.
 */
export function fencedCompute(compute: Compute, term: LeaderTerm): Compute {
  const { leading, stopping } = term;
  const { turn } = compute;
  const beginning = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, leading, stopping]);
  return {
    get: (resource, signal) => compute.get(resource, beginning(signal)),
    ...(turn === undefined ? {} : { turn: (resource, signal) => turn(resource, beginning(signal)) }),
    async patch(resource, patch, attach, signal, etag) {
      try {
        term.assertLeading();
        stopping.throwIfAborted();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { ok: false, failure: { kind: 'aborted', message } };
      }
      return compute.patch(resource, patch, attach, AbortSignal.any([signal, leading]), etag);
    },
  };
}
