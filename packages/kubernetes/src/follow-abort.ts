/**
 * One signal that listens to another, without staying attached.
 *
 * @module
 */
import { setMaxListeners } from 'node:events';

/** Signals for which the warning is switched off. */
const unbounded = new WeakSet<AbortSignal>();

/**
 * Calls `onAbort` once `signal` aborts, at once where it has already. The returned function ends that.
 *
 * A stop signal is rightly listened to by everything that runs: Node's warning about many listeners is switched off
 * for it.
 */
export function followAbort(signal: AbortSignal | undefined, onAbort: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    onAbort();
    return () => undefined;
  }
  if (!unbounded.has(signal)) {
    setMaxListeners(0, signal);
    unbounded.add(signal);
  }
  signal.addEventListener('abort', onAbort);
  return () => signal.removeEventListener('abort', onAbort);
}
