/**
 * Plays the nodes of the cluster: scheduler and kubelets in one. Pods get a node and an address and run (nothing is
 * really started); deleted ones go when their time is over.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Machine } from '../azure/compute/compute-resource.js';
import {
  StatusError,
  type KubernetesApi,
  type KubernetesObject,
  type ObjectKey,
  type Objects,
  type Watch,
  type WatchEvent,
} from '../kubernetes/index.js';
import { AddressPool } from './address-pool.js';
import { nodeName, nodeObject } from './node-object.js';
import {
  isFinished,
  podAddressAnnotation,
  podStatus,
  podTerminationAnnotation,
  wantedPhase,
  type Pod,
} from './pod-object.js';
import { chooseNode, needsNode, type Node } from './scheduler.js';

/** What {@link Nodes} works with. */
export interface NodesOptions {
  readonly cluster: Pick<KubernetesApi, 'objects' | 'bindPod'>;
  readonly clock: Clock;
  readonly podAddresses: Iterable<string>;
  /** How long a pod's containers take to start, in milliseconds. */
  readonly start: () => number;
  /** How long a pod's containers take to stop, in milliseconds; never longer than its grace period. */
  readonly termination: () => number;
}

interface RunningNode {
  readonly machine: Machine;
  readonly address: string;
}

/** The nodes of the simulated cluster. */
export class Nodes {
  readonly #objects: Objects;
  readonly #cluster: NodesOptions['cluster'];
  readonly #clock: Clock;
  readonly #start: () => number;
  readonly #termination: () => number;
  readonly #addresses: AddressPool;
  readonly #nodes = new Map<string, RunningNode>();
  /** By pod UID: the address that it holds. */
  readonly #held = new Map<string, string>();
  /** By pod UID: what is to happen to it next, and whether that is its end. */
  readonly #timers = new Map<string, { readonly ends: boolean; readonly cancel: () => void }>();
  readonly #podsOn = new Map<string, Set<string>>();
  readonly #watches = new Set<Watch>();

  constructor(options: NodesOptions) {
    this.#objects = options.cluster.objects;
    this.#cluster = options.cluster;
    this.#clock = options.clock;
    this.#start = options.start;
    this.#termination = options.termination;
    this.#addresses = new AddressPool(options.podAddresses);
  }

  /** Begins: from now on pods are scheduled and run. */
  start(): void {
    this.#watch<Pod>('pods', (event) => {
      if (!('object' in event)) return;
      if (event.type === 'DELETED') this.#forget(event.object);
      else this.#attend(event.object);
    });
    this.#watch<Node>('nodes', (event) => {
      if (event.type === 'ADDED' || event.type === 'MODIFIED') this.#attendWaiting();
    });
  }

  /** A watch that is cut off begins again, in the same moment: nothing is missed. */
  #watch<T extends KubernetesObject>(resource: string, listener: (event: WatchEvent<T>) => void): void {
    const watch = this.#objects.watch<T>(resource, listener, {
      onEnd: () => {
        if (this.#watches.delete(watch)) this.#watch(resource, listener);
      },
    });
    this.#watches.add(watch);
  }

  /** Stops: pods stay as they are. */
  stop(): void {
    for (const watch of this.#watches) watch.stop();
    this.#watches.clear();
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** Makes the machine a node. Returns the node's name. */
  add(machine: Machine, address: string): string {
    const name = nodeName(machine);
    this.#nodes.set(name, { machine, address });
    const { status, ...node } = nodeObject(machine, address, this.#clock.now());
    this.#objects.create('nodes', node);
    this.#objects.patch('nodes', { name }, mergePatch({ status }), { subresource: 'status' });
    return name;
  }

  /** Takes the node away, and its pods with it, at once: as when a machine is deleted. */
  remove(name: string): void {
    if (!this.#nodes.delete(name)) return;
    this.#ignoringMissing(() => this.#objects.delete('nodes', { name }));
    for (const pod of this.#objects.list<Pod>('pods').items) {
      if (pod.spec?.nodeName === name) this.#kill(pod);
    }
  }

  /** The machine behind a node. */
  machine(name: string): Machine | undefined {
    return this.#nodes.get(name)?.machine;
  }

  /** The names of the nodes, in the order of their addition. */
  names(): string[] {
    return [...this.#nodes.keys()];
  }

  /** Ends a pod as if its containers had exited. */
  finishPod(key: ObjectKey, phase: 'Succeeded' | 'Failed'): void {
    const pod = this.#objects.get<Pod>('pods', key);
    const host = this.#nodes.get(pod.spec?.nodeName ?? '')?.address ?? '';
    this.#setStatus(pod, podStatus(pod, phase, { pod: pod.status?.podIP ?? '', host }, this.#clock.now()));
  }

  /** Everything happens a moment later: never within the write that made it necessary. */
  #attend(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const node = pod.spec?.nodeName ?? '';
    if (node !== '') this.#count(node, uid);
    if (isFinished(pod)) this.#releaseAddress(uid);
    const pending = this.#timers.get(uid);
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (pending?.ends === true || !this.#nodes.has(node)) return;
      pending?.cancel();
      this.#later(uid, this.#terminationOf(pod), () => this.#kill(pod), true);
    } else if (pending !== undefined) {
      return;
    } else if (needsNode(pod)) {
      this.#later(uid, 0, () => this.#schedule(pod));
    } else if (this.#nodes.has(node) && (pod.status?.podIP ?? '') === '' && !isFinished(pod)) {
      this.#later(uid, this.#start(), () => this.#run(pod));
    }
  }

  #attendWaiting(): void {
    for (const pod of this.#objects.list<Pod>('pods').items) if (needsNode(pod)) this.#attend(pod);
  }

  #schedule(pod: Pod): void {
    const nodes = this.#objects
      .list<Node>('nodes')
      .items.filter(({ metadata }) => this.#nodes.has(metadata.name ?? ''));
    const node = chooseNode(pod, nodes, (name) => this.#podsOn.get(name)?.size ?? 0);
    if (node !== undefined) this.#cluster.bindPod(keyOf(pod), node);
  }

  #run(pod: Pod): void {
    const node = this.#nodes.get(pod.spec?.nodeName ?? '');
    if (node === undefined) return;
    const address = this.#addressFor(pod, node);
    if (address === undefined) return;
    this.#setStatus(pod, podStatus(pod, 'Running', { pod: address, host: node.address }, this.#clock.now()));
    const phase = wantedPhase(pod);
    if (phase !== 'Running') {
      this.#setStatus(pod, podStatus(pod, phase, { pod: address, host: node.address }, this.#clock.now()));
    }
  }

  #addressFor(pod: Pod, node: RunningNode): string | undefined {
    if (pod.spec?.hostNetwork === true) return node.address;
    const fixed = pod.metadata.annotations?.[podAddressAnnotation];
    if (fixed !== undefined) {
      if (this.#addresses.reserve(fixed)) this.#held.set(pod.metadata.uid ?? '', fixed);
      return fixed;
    }
    const address = this.#addresses.take();
    if (address !== undefined) this.#held.set(pod.metadata.uid ?? '', address);
    return address;
  }

  #kill(pod: Pod): void {
    const uid = pod.metadata.uid;
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    this.#objects.delete('pods', keyOf(pod), { gracePeriodSeconds: 0, ...preconditions });
  }

  #forget(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    this.#timers.get(uid)?.cancel();
    this.#timers.delete(uid);
    this.#podsOn.get(pod.spec?.nodeName ?? '')?.delete(uid);
    this.#releaseAddress(uid);
  }

  #releaseAddress(uid: string): void {
    const address = this.#held.get(uid);
    if (address === undefined) return;
    this.#held.delete(uid);
    this.#addresses.release(address);
  }

  #terminationOf(pod: Pod): number {
    const annotation = pod.metadata.annotations?.[podTerminationAnnotation];
    const asked = annotation === undefined ? NaN : Number(annotation);
    const grace = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
    return Math.min(asked >= 0 ? asked : this.#termination(), grace);
  }

  #count(node: string, uid: string): void {
    const pods = this.#podsOn.get(node) ?? new Set();
    this.#podsOn.set(node, pods.add(uid));
  }

  #setStatus(pod: Pod, status: Record<string, unknown>): void {
    this.#objects.patch('pods', keyOf(pod), mergePatch({ status }), { subresource: 'status' });
  }

  #later(uid: string, ms: number, act: () => void, ends = false): void {
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(uid);
      this.#ignoringMissing(act);
    });
    this.#timers.set(uid, { ends, cancel });
  }

  /** What was to be done to an object that has gone meanwhile, or was replaced, need not be done. */
  #ignoringMissing(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof StatusError) || (error.status.code !== 404 && error.status.code !== 409))
        throw error;
    }
  }
}

function keyOf(pod: Pod): ObjectKey {
  return { name: pod.metadata.name ?? '', namespace: pod.metadata.namespace };
}

function mergePatch(body: unknown): { type: string; body: unknown } {
  return { type: 'application/merge-patch+json', body };
}
