/**
 * An address whose pod is being deleted may be another's before anybody has told. The API server is asked for all pods of
 * the node, and where that leaves a doubt, it is waited for within bounds.
 *
 * @module
 */
import type { AbortSignalLike, Clock } from '@aad-pod-identity/core';
import type { Waiters } from '../authorization/waiters.js';
import { podsTopic, type ClusterView } from '../cluster/cluster-view.js';
import { canonicalAddress } from './address.js';
import { identifyAmongAll, type Caller, type SettledCaller } from './identify-caller.js';
import type { PodLookup } from './pod-lookup.js';

/** What {@link settleCaller} works with. */
export interface SettleContext {
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly lookup: Pick<PodLookup, 'ofNode'>;
  readonly waiters: Waiters;
  readonly isNodeAddress: (address: string) => boolean;
  /** Longest wait for a doubt to end, in milliseconds. */
  readonly doubtMs: number;
}

/** Whether it takes more than the watch to say who a caller is. */
export function isUnsettled(caller: Caller): boolean {
  if (caller.kind === 'ambiguous') return caller.pods.some(({ deleting }) => deleting);
  return caller.kind === 'leaving';
}

/**
 * Says who an unsettled caller is. Two pods that claim the address stay two, unless one of them goes in time.
 *
 * @param look - what the watch says now
 */
export async function settleCaller(
  caller: Caller,
  address: string,
  look: () => Caller,
  context: SettleContext,
  signal: AbortSignalLike,
): Promise<SettledCaller | { readonly kind: 'gone' }> {
  const { view, clock, waiters, doubtMs } = context;
  const leave = waiters.enter(address);
  if (leave === undefined) return inDoubt(caller);
  let changes = 0;
  const stopCounting = view.signals.on(podsTopic, () => changes++);
  try {
    const deadline = clock.monotonic() + doubtMs;
    for (let latest = caller; ; latest = look()) {
      const before = changes;
      if (latest.kind === 'pod' || latest.kind === 'node') return latest;
      const settled = latest.kind === 'ambiguous' ? latest : await amongAll(latest, address, context);
      if (signal.aborted) return { kind: 'gone' };
      if (!isDoubtful(settled, look())) return settled;
      if (changes !== before && clock.monotonic() < deadline) continue;
      const outcome = await view.signals.next(podsTopic, clock, deadline - clock.monotonic(), signal);
      if (outcome === 'gone') return { kind: 'gone' };
      if (outcome === 'time-over') return settled.kind === 'pod' ? inDoubt(latest) : settled;
    }
  } finally {
    stopCounting();
    leave();
  }
}

async function amongAll(latest: Caller, address: string, context: SettleContext): Promise<SettledCaller> {
  const pods = await context.lookup.ofNode();
  if (pods === undefined) return inDoubt(latest);
  return identifyAmongAll(address, pods, {
    podsAt: (asked) => pods.filter(({ podIPs }) => podIPs.some((ip) => canonicalAddress(ip) === asked)),
    isNodeAddress: context.isNodeAddress,
  });
}

/** Also where the API server names a pod while the watch still has another at the address: it is about to catch up. */
function isDoubtful(settled: SettledCaller, watched: Caller): boolean {
  if (settled.kind === 'in-doubt') return true;
  if (settled.kind === 'ambiguous') return isUnsettled(settled);
  return settled.kind === 'pod' && watched.kind === 'leaving' && watched.pod.uid !== settled.pod.uid;
}

function inDoubt(caller: Caller): SettledCaller {
  return caller.kind === 'leaving' ? { kind: 'in-doubt', pod: caller.pod, candidates: [] } : caller;
}
