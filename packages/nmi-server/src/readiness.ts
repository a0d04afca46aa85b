/**
 * When NMI is ready (section 10 of the contract).
 *
 * @module
 */
import type { ClusterWatch } from './cluster/cluster-watch.js';

/** Watches are never silent for so long while the API server can be reached: it sends bookmarks. */
const staleWatchMs = 5 * 60_000;

/** What NMI still waits for before it is ready, one sentence each. */
export function waitingFor(
  watch: Pick<ClusterWatch, 'notSynced' | 'ageMs'>,
  interceptionProblems: readonly string[],
  stop: AbortSignal,
): readonly string[] {
  const reasons = watch.notSynced().map((name) => `no list of ${name} yet`);
  if (reasons.length === 0 && watch.ageMs() > staleWatchMs)
    reasons.push('the API server has been silent for too long');
  reasons.push(...interceptionProblems);
  if (stop.aborted) reasons.push('NMI is stopping');
  return reasons;
}
