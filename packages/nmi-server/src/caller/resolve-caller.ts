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
import type { Awaitable } from '../awaitable.js';
import { addressTopic, podTopic, type ClusterView } from '../cluster/cluster-view.js';
import type { Waiters } from '../authorization/waiters.js';
import { refuse, type Refusal } from '../request/refusal.js';
import { isLoopback } from './address.js';
import { identifyCaller, type AddressFacts, type Caller, type SettledCaller } from './identify-caller.js';
import type { PodLookup } from './pod-lookup.js';
import { isUnsettled, settleCaller } from './settle-caller.js';

/** What {@link CallerResolver} works with. */
export interface CallerResolverOptions {
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly lookup: PodLookup;
  readonly waiters: Waiters;
  readonly isNodeAddress: (address: string) => boolean;
  /** How long to wait for the watch to bring a pod, in milliseconds. */
  readonly watchLagMs: number;
  /** How long to wait where the address of a pod that is being deleted may be another's, in milliseconds. */
  readonly doubtMs: number;
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

  /** Whether a connection comes from the node itself over its loopback address; `/host/token` answers no one else. */
  isNode(address: string | undefined): boolean {
    if (address === undefined || !isLoopback(address)) return false;
    return identifyCaller(address, this.#facts).kind === 'node';
  }

  /** The pod that has a remote address; at once where the watch leaves no doubt. */
  byAddress(address: string | undefined, signal: AbortSignalLike): Awaitable<ResolvedCaller> {
    if (address === undefined) return refusedAs({ kind: 'unknown' }, address);
    const look = (): Caller => identifyCaller(address, this.#facts);
    const caller = look();
    if (caller.kind === 'unknown' || isUnsettled(caller)) return this.#find(caller, address, look, signal);
    return caller.kind === 'pod' ? foundAt(address, caller.pod, look, true) : refusedAs(caller, address);
  }

  /** Waits and asks for what the watch does not say. */
  async #find(
    first: Caller,
    address: string,
    look: () => Caller,
    signal: AbortSignalLike,
  ): Promise<ResolvedCaller> {
    let caller: Caller | SettledCaller = first;
    let isWatched = caller.kind !== 'unknown';
    if (caller.kind === 'unknown') {
      const known = (): Caller | undefined => (look().kind === 'unknown' ? undefined : look());
      const found = await this.#await(addressTopic(address), address, known, signal);
      if (found === 'gone') return { kind: 'gone' };
      caller = found ?? known() ?? (await this.#lookedUp(address));
      isWatched = look().kind !== 'unknown';
    }
    if (isUnsettled(caller)) {
      const settled = await settleCaller(caller, address, look, this.#options, signal);
      if (settled.kind === 'gone') return { kind: 'gone' };
      caller = settled;
      isWatched = look().kind !== 'unknown';
    }
    return caller.kind === 'pod' ? foundAt(address, caller.pod, look, isWatched) : refusedAs(caller, address);
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
  async #lookedUp(address: string): Promise<Caller> {
    const { lookup, isNodeAddress } = this.#options;
    const pods = await lookup.byAddress(address);
    return identifyCaller(address, { podsAt: () => pods, isNodeAddress });
  }
}

/** @param isWatched - whether the watch knows the address; else the API server was asked */
function foundAt(address: string, pod: Pod, look: () => Caller, isWatched: boolean): ResolvedCaller {
  return {
    kind: 'pod',
    pod,
    current: () => {
      const now = look();
      return now.kind === 'unknown' && !isWatched ? pod : samePod(now, pod, address);
    },
  };
}

/**
 * Whether the caller of a request that is under way is still the pod that it was. One that began to be deleted meanwhile
 * is: the connection is its own, and ends with it.
 */
function samePod(caller: Caller, pod: Pod, address: string): Pod | Refusal {
  if (caller.kind !== 'pod' && caller.kind !== 'leaving') return refusalOf(caller, address);
  return caller.pod.uid === pod.uid
    ? caller.pod
    : refusalOf({ kind: 'ambiguous', pods: [pod, caller.pod] }, address);
}

function refusedAs(caller: NoPod, address: string | undefined): ResolvedCaller {
  return { kind: 'refused', refusal: refusalOf(caller, address) };
}

type NoPod = Exclude<Caller | SettledCaller, { kind: 'pod' }>;

function refusalOf(caller: NoPod, address = 'without an address'): Refusal {
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
    case 'leaving':
    case 'in-doubt':
      return refuse('address-in-doubt', doubt(caller, address), { 'Retry-After': '2' });
    case 'unknown':
      return refuse('unknown-caller', `No pod of this node has the address ${address}.`);
  }
}

function doubt(caller: Extract<NoPod, { kind: 'leaving' | 'in-doubt' }>, address: string): string {
  const candidates = caller.kind === 'in-doubt' ? caller.candidates : [];
  const why =
    candidates.length === 0
      ? 'the API server does not say whether it still has it'
      : `it may be that of a pod which has none yet: ${candidates.map(objectKey).join(', ')}`;
  return `Pod ${objectKey(caller.pod)}, which has the address ${address}, is being deleted, and ${why}.`;
}
