/**
 * Who asks: known by the connection's remote address and nothing else. Pure.
 *
 * @module
 */
import { isFinished, type Pod } from '@aad-pod-identity/core';

/** Who a connection comes from. */
export type Caller =
  | { readonly kind: 'pod'; readonly pod: Pod }
  /** The node itself, or a pod in the node's network, which no address tells apart. */
  | { readonly kind: 'node' }
  /** Several live pods claim the address: nobody is believed. */
  | { readonly kind: 'ambiguous'; readonly pods: readonly Pod[] }
  | { readonly kind: 'unknown' };

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
  const [pod, ...others] = live;
  if (pod === undefined) return { kind: 'unknown' };
  return others.length === 0 ? { kind: 'pod', pod } : { kind: 'ambiguous', pods: live };
}
