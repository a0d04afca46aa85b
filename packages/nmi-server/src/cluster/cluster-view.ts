/**
 * What NMI knows of the cluster at this moment: fed by watch events, asked on every request, told to those who wait.
 *
 * @module
 */
import { objectKey, type ObjectKey, type Pod } from '@aad-pod-identity/core';
import {
  AssignedIdentityIndex,
  decideTokenRequest,
  MatchIndex,
  type ClusterEvent,
  type ExceptionMatch,
  type IdentityRequest,
  type MatchPolicy,
  type TokenDecision,
} from '@aad-pod-identity/matcher';
import { canonicalAddress } from '../caller/address.js';
import { ChangeSignals } from './change-signals.js';

/** Topic of {@link ChangeSignals}: what a pod may have may be another now. */
export function podTopic(pod: ObjectKey): string {
  return `pod ${objectKey(pod)}`;
}

/** Topic of {@link ChangeSignals}: the pods at an address may be others now. */
export function addressTopic(address: string): string {
  return `address ${address}`;
}

/** Topic of {@link ChangeSignals}: some pod of the node came, changed or went. */
export const podsTopic = 'pods';

interface Decided {
  readonly request: IdentityRequest;
  readonly decision: TokenDecision;
  readonly events: number;
}

/** Everything that matching reads, indexed; one event costs what it changes. */
export class ClusterView {
  readonly signals: ChangeSignals = new ChangeSignals();
  readonly #policy: MatchPolicy;
  readonly #exceptionMatch: ExceptionMatch;
  readonly #onFormerlyExcepted: (pod: Pod, exception: ObjectKey) => void;
  readonly #index: MatchIndex;
  readonly #assigned = new AssignedIdentityIndex();
  /** Keys of pods by canonical address. */
  readonly #atAddress = new Map<string, Set<string>>();
  readonly #pods = new Map<string, Pod>();
  /** How many events were taken. */
  #events = 0;
  /** The last decision of each pod, good until the next event. */
  readonly #decided = new WeakMap<Pod, Decided>();

  /**
   * @param onFormerlyExcepted - called at a request of a pod that is not excepted, but was by the original's rule
   */
  constructor(
    policy: MatchPolicy,
    exceptionMatch: ExceptionMatch,
    onFormerlyExcepted: (pod: Pod, exception: ObjectKey) => void = () => undefined,
  ) {
    this.#policy = policy;
    this.#exceptionMatch = exceptionMatch;
    this.#onFormerlyExcepted = onFormerlyExcepted;
    this.#index = new MatchIndex(policy);
  }

  /** The pod of that key, where it is on this node. */
  pod(key: ObjectKey): Pod | undefined {
    return this.#pods.get(objectKey(key));
  }

  /** The pods of this node that have a canonical address, in whatever state. */
  podsAt(address: string): readonly Pod[] {
    const found: Pod[] = [];
    for (const key of this.#atAddress.get(address) ?? []) {
      const pod = this.#pods.get(key);
      if (pod !== undefined) found.push(pod);
    }
    return found;
  }

  /** Decides a token request of a pod, by what is known now. The same question gets the same answer until an event comes. */
  decide(pod: Pod, request: IdentityRequest): TokenDecision {
    const last = this.#decided.get(pod);
    if (last?.request === request && last.events === this.#events) return last.decision;
    const decision = this.#decide(pod, request);
    this.#decided.set(pod, { request, decision, events: this.#events });
    return decision;
  }

  #decide(pod: Pod, request: IdentityRequest): TokenDecision {
    const known = this.#pods.get(objectKey(pod));
    const exception = this.#index.exceptionOf(pod, this.#exceptionMatch);
    if (exception.formerly !== undefined) this.#onFormerlyExcepted(pod, exception.formerly);
    return decideTokenRequest({
      policy: this.#policy,
      exception,
      match: (known === pod ? this.#index.matchOf(pod) : undefined) ?? this.#index.matchPod(pod),
      request,
      assignedIdentities: (key) => this.#assigned.of(key),
    });
  }

  /** Takes an event of a watch, and wakes those whom it concerns. */
  apply(event: ClusterEvent): void {
    this.#events++;
    if (event.kind === 'AzureAssignedIdentity') {
      const keys =
        event.type === 'upsert' ? this.#assigned.upsert(event.object) : this.#assigned.delete(event.key);
      for (const key of keys) this.signals.emit(`pod ${podKeyOf(key)}`);
      return;
    }
    const changed = new Set(this.#index.apply(event));
    if (event.kind === 'Pod') {
      const pod = event.type === 'upsert' ? event.object : undefined;
      const key = objectKey(event.type === 'upsert' ? event.object : event.key);
      changed.add(key);
      for (const address of this.#setPod(key, pod)) this.signals.emit(addressTopic(address));
      this.signals.emit(podsTopic);
    }
    if (event.kind === 'AzurePodIdentityException') this.signals.emitAll();
    else for (const key of changed) this.signals.emit(`pod ${key}`);
  }

  /** Stores a pod, or takes it out; returns the addresses that it had and has. */
  #setPod(key: string, pod: Pod | undefined): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const address of addressesOf(this.#pods.get(key))) {
      touched.add(address);
      const keys = this.#atAddress.get(address);
      if (keys?.delete(key) === true && keys.size === 0) this.#atAddress.delete(address);
    }
    if (pod === undefined) this.#pods.delete(key);
    else this.#pods.set(key, pod);
    for (const address of addressesOf(pod)) {
      touched.add(address);
      const keys = this.#atAddress.get(address) ?? new Set();
      this.#atAddress.set(address, keys.add(key));
    }
    return touched;
  }
}

/** An assignment key begins with the pod's namespace and name. */
function podKeyOf(assignmentKey: string): string {
  return assignmentKey.split('/', 2).join('/');
}

function addressesOf(pod: Pod | undefined): string[] {
  return (pod?.podIPs ?? []).map(canonicalAddress).filter((address) => address !== undefined);
}
