/**
 * The listener that is attacked: NMI's own, over a cluster made of events.
 *
 * @module
 */
import type { ClusterEvent } from '@aad-pod-identity/matcher';
import { serveNmi } from '../../packages/nmi-server/src/testing/served-nmi.js';

/** A listener, and whether something went wrong inside. */
export interface AttackedNmi extends AsyncDisposable {
  readonly port: number;
  /** What NMI itself takes for an error of its own since the last time. */
  readonly trouble: () => string | undefined;
}

/** Starts it, without the waits that would only make the attacks slow. */
export async function attackedNmi(imdsPort: number, events: readonly ClusterEvent[]): Promise<AttackedNmi> {
  const nmi = await serveNmi({
    imdsPort,
    bounds: { bindingGraceMs: 0, createdMs: 0, assignedMs: 0 },
    imdsPerSecond: 1_000_000,
  });
  nmi.apply(...events);
  return {
    port: nmi.port,
    trouble: () => {
      nmi.records.length = 0;
      const [error] = nmi.internalErrors.splice(0);
      return error === undefined
        ? undefined
        : `NMI met an internal error: ${error instanceof Error ? error.message : typeof error}`;
    },
    [Symbol.asyncDispose]: () => nmi[Symbol.asyncDispose](),
  };
}
