/**
 * From a remote address to a pod, allowing for a watch that is a moment behind: a short wait, then one question to the
 * API server, then an answer.
 *
 * @module
 */
import {
  objectKey,
  type AbortSignalLike,
  type Clock,
  type ObjectKey,
  type Pod,
} from '@aad-pod-identity/core';
import { addressTopic, podTopic, type ClusterView } from '../cluster/cluster-view.js';
import type { Waiters } from '../authorization/waiters.js';
import { refuse, type Refusal } from '../request/refusal.js';
import { isLoopback } from './address.js';
import { identifyCaller, type AddressFacts, type Caller } from './identify-caller.js';
import type { PodLookup } from './pod-lookup.js';

/** What {@link CallerResolver} works with. */
export interface CallerResolverOptions {
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly lookup: PodLookup;
  readonly waiters: Waiters;
  readonly isNodeAddress: (address: string) => boolean;
  /** How long to wait for the watch to bring a pod, in milliseconds. */
  readonly watchLagMs: number;
}

/** A pod, and a way to look again who has its place; a refusal; or nobody, because the caller hung up. */
export type ResolvedCaller =
  | { readonly kind: 'pod'; readonly pod: Pod; readonly current: () => Pod | Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'gone' };

/** Finds the pod that a request is for. */
export class CallerResolver {
  readonly #options: CallerResolverOptions;
  readonly #facts: AddressFacts;

  constructor(options: CallerResolverOptions) {
    this.#options = options;
    this.#facts = { podsAt: (address) => options.view.podsAt(address), isNodeAddress: options.isNodeAddress };
  }

  /** Whether a connection comes over a loopback address that no pod has; `/host/token` answers no one else. */
  isNode(address: string | undefined): boolean {
    if (address === undefined || !isLoopback(address)) return false;
    const { kind } = identifyCaller(address, this.#facts);
    return kind === 'node' || kind === 'unknown';
  }

  /** The pod that has a remote address. */
  async byAddress(address: string | undefined, signal: AbortSignalLike): Promise<ResolvedCaller> {
    const look = (): Caller => identifyCaller(address, this.#facts);
    let caller = look();
    if (caller.kind === 'unknown' && address !== undefined) {
      const found = await this.#await(
        addressTopic(address),
        address,
        () => (look().kind === 'unknown' ? undefined : look()),
        signal,
      );
      if (found === 'gone') return { kind: 'gone' };
      caller = found ?? look();
      if (caller.kind === 'unknown')
        return this.#lookedUp(await this.#options.lookup.byAddress(address), address);
    }
    if (caller.kind !== 'pod') return { kind: 'refused', refusal: refusalOf(caller, address) };
    const { pod } = caller;
    return { kind: 'pod', pod, current: () => samePod(look(), pod, address) };
  }

  /** The pod of a name, for `/host/token`. */
  async byName(key: ObjectKey, signal: AbortSignalLike): Promise<ResolvedCaller> {
    const { view } = this.#options;
    const look = (): Pod | undefined => view.pod(key);
    let pod = look();
    if (pod === undefined) {
      const found = await this.#await(podTopic(key), 'node', look, signal);
      if (found === 'gone') return { kind: 'gone' };
      pod = found ?? (await this.#options.lookup.byName(key));
    }
    const missing = refuse('pod-unknown', `There is no pod ${objectKey(key)} on this node.`);
    if (pod === undefined) return { kind: 'refused', refusal: missing };
    const known = pod;
    const watched = look() !== undefined;
    return {
      kind: 'pod',
      pod,
      current: () => {
        const now = look() ?? (watched ? undefined : known);
        return now?.uid === known.uid ? now : missing;
      },
    };
  }

  async #await<T>(
    topic: string,
    place: string,
    look: () => T | undefined,
    signal: AbortSignalLike,
  ): Promise<T | 'gone' | undefined> {
    const { view, clock, waiters, watchLagMs } = this.#options;
    const leave = waiters.enter(place);
    if (leave === undefined) return undefined;
    try {
      const deadline = clock.monotonic() + watchLagMs;
      for (let left = watchLagMs; left > 0; left = deadline - clock.monotonic()) {
        if ((await view.signals.next(topic, clock, left, signal)) === 'gone') return 'gone';
        const found = look();
        if (found !== undefined) return found;
      }
      return undefined;
    } finally {
      leave();
    }
  }

  /** Judges what the API server says of an address that the watch does not know: as the watch's own pods are judged. */
  #lookedUp(pods: readonly Pod[], address: string): ResolvedCaller {
    const { isNodeAddress } = this.#options;
    const caller = identifyCaller(address, { podsAt: () => pods, isNodeAddress });
    if (caller.kind !== 'pod') return { kind: 'refused', refusal: refusalOf(caller, address) };
    const { pod } = caller;
    return {
      kind: 'pod',
      pod,
      current: () => {
        const now = identifyCaller(address, this.#facts);
        return now.kind === 'unknown' ? pod : samePod(now, pod, address);
      },
    };
  }
}

function samePod(caller: Caller, pod: Pod, address: string | undefined): Pod | Refusal {
  if (caller.kind !== 'pod') return refusalOf(caller, address);
  return caller.pod.uid === pod.uid
    ? caller.pod
    : refusalOf({ kind: 'ambiguous', pods: [pod, caller.pod] }, address);
}

function refusalOf(caller: Exclude<Caller, { kind: 'pod' }>, address = 'without an address'): Refusal {
  switch (caller.kind) {
    case 'node':
      return refuse(
        'host-network',
        'The node itself and pods with hostNetwork have no address of their own and get no token here.',
      );
    case 'ambiguous':
      return refuse(
        'ambiguous-address',
        `More than one pod claims the address ${address}: ${caller.pods.map(objectKey).join(', ')}.`,
      );
    case 'unknown':
      return refuse('unknown-caller', `No pod of this node has the address ${address}.`);
  }
}
