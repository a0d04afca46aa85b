/**
 * The taint that keeps pods from a new node until NMI intercepts (`--startup-taint`).
 *
 * @module
 */
import { sleep, type Clock } from '@aad-pod-identity/core';
import {
  isKubernetesError,
  ResourceClient,
  toKubernetesError,
  type Connection,
  type JsonPatchOperation,
} from '@aad-pod-identity/kubernetes';
import { taintedNodes, type Taint } from './lifecycle-kinds.js';

/** Key of the taint, whatever its value and effect. */
export const startupTaint = 'aadpodidentity.k8s.io/nmi-not-ready';

/** Options of {@link removeStartupTaint}. */
export interface StartupTaintOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly node: string;
  /** A line for an operator: what went wrong, and that it is tried again. */
  readonly onTrouble: (message: string) => void;
}

const firstRetryMs = 500;
const longestRetryMs = 30_000;
/** Others change nodes all the time; a refusal that stays is another matter. */
const quietAttempts = 5;

/**
 * Takes the taint off the node, and tries until that is done or `signal` aborts. Never rejects.
 *
 * @returns whether there was one; `undefined` where `signal` ended it
 */
export async function removeStartupTaint(
  options: StartupTaintOptions,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const { clock, node, onTrouble } = options;
  const nodes = new ResourceClient(options.connection, taintedNodes);
  let said: string | undefined;
  let retryMs = firstRetryMs;
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      const { taints } = await nodes.get({ name: node }, { signal });
      const patch = removal(taints);
      if (patch.length === 0) return false;
      await nodes.jsonPatch({ name: node }, patch, { signal });
      return true;
    } catch (error) {
      const { message } = toKubernetesError(error);
      // Somebody else changed the taints meanwhile: they are read again, and nobody need know.
      const changed = attempt <= quietAttempts && isKubernetesError(error, 'conflict', 'invalid');
      if (!signal.aborted && !changed && message !== said) {
        said = message;
        onTrouble(
          `the taint ${startupTaint} stays on node ${node}, and pods stay away: ${message}; trying again`,
        );
      }
    }
    await sleep(clock, retryMs, signal).catch(() => undefined);
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  }
  return undefined;
}

/**
 * A JSON patch that takes out exactly our taints: each is tested to be where it was read, so that it fails, and changes
 * nothing, where others changed the list meanwhile. Indexes stay right because it goes from the end to the front.
 */
function removal(taints: readonly Taint[]): readonly JsonPatchOperation[] {
  return taints
    .flatMap((taint, index): JsonPatchOperation[][] => {
      const path = `/spec/taints/${index}`;
      return taint.key === startupTaint
        ? [
            [
              { op: 'test', path, value: taint },
              { op: 'remove', path },
            ],
          ]
        : [];
    })
    .reverse()
    .flat();
}
