/**
 * Who asks: known by the connection's remote address and nothing else. Pure.
 *
 * @module
 */
import { isFinished, type Pod } from '@aad-pod-identity/core';

/** Who a connection comes from. */
export type Caller =
  | { readonly kind: 'pod'; readonly pod: Pod }
  /**
   * The only live pod that has the address is being deleted. Its containers may still run and need tokens to end in good
   * order; or they are gone and the address is another pod's already, of which the API server does not know it yet.
   */
  | { readonly kind: 'leaving'; readonly pod: Pod }
  /** The node itself, or a pod in the node's network, which no address tells apart. */
  | { readonly kind: 'node' }
  /** Several live pods claim the address: nobody is believed. */
  | { readonly kind: 'ambiguous'; readonly pods: readonly Pod[] }
  | { readonly kind: 'unknown' };

/** A {@link Caller} after all pods of the node were looked at. */
export type SettledCaller =
  | Exclude<Caller, { kind: 'leaving' }>
  /** `pod` is being deleted, and its address may be that of one of the `candidates`, which have none yet. */
  | { readonly kind: 'in-doubt'; readonly pod: Pod; readonly candidates: readonly Pod[] };

/** What is known of a node's addresses. */
export interface AddressFacts {
  /** All pods of this node that have the address, in whatever state. */
  podsAt(address: string): readonly Pod[];
  /** Whether the address is one of the node's own. */
  isNodeAddress(address: string): boolean;
}

/**
 * Identifies a caller. A pod counts when it lives in a network of its own and is not finished; one that is being
 * deleted still counts, so that an address which it shares with its successor belongs to nobody.
 *
 * @param address - canonical, or `undefined` where the connection had none
 */
export function identifyCaller(address: string | undefined, facts: AddressFacts): Caller {
  if (address === undefined) return { kind: 'unknown' };
  if (address === '127.0.0.1' || address === '::1') return { kind: 'node' };
  if (facts.isNodeAddress(address)) return { kind: 'node' };
  const pods = facts.podsAt(address);
  if (pods.some((pod) => pod.hostNetwork)) return { kind: 'node' };
  const live = pods.filter((pod) => !isFinished(pod));
  const pod = live[0];
  if (pod === undefined) return { kind: 'unknown' };
  if (live.length > 1) return { kind: 'ambiguous', pods: live };
  return { kind: pod.deleting ? 'leaving' : 'pod', pod };
}

/**
 * Identifies a caller among all pods of the node, as the API server has them after the request came. A pod runs only
 * after the API server has put it on the node. So an address whose pod is being deleted can be another's only where
 * there is a pod that the API server has no address of yet.
 *
 * @param podsAt - of all pods of the node, those that have a canonical address
 */
export function identifyAmongAll(
  address: string,
  podsOfNode: readonly Pod[],
  facts: AddressFacts,
): SettledCaller {
  const caller = identifyCaller(address, facts);
  if (caller.kind !== 'leaving') return caller;
  const { pod } = caller;
  const candidates = podsOfNode.filter(
    (other) => other.uid !== pod.uid && !other.hostNetwork && !isFinished(other) && other.podIPs.length === 0,
  );
  return candidates.length === 0 ? { kind: 'pod', pod } : { kind: 'in-doubt', pod, candidates };
}
