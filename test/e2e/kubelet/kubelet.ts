/**
 * Plays the kubelet of one node: registers it, renews its lease, runs the pods that are bound to it.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ListWatch, Store, type Resource } from '@aad-pod-identity/kubernetes';
import { systemClock } from '@aad-pod-identity/program';
import { ApiError, type ClusterObject } from '../world/cluster.js';
import type { Pod } from './pod.js';
import { PodWorker, type PodSurroundings } from './pod-worker.js';

/** What a node is registered with. */
export interface NodeIdentity {
  readonly name: string;
  readonly providerID: string;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}

const pods: Resource<Pod> = {
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
  decode: (json) => ({ ok: true, value: json as Pod }),
};
interface NodeStatus {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const leaseEveryMs = 10_000;

/** The node. */
export class Kubelet {
  readonly node: NodeIdentity;
  readonly #around: PodSurroundings;
  readonly #stop = new AbortController();
  /** By UID. */
  readonly #workers = new Map<string, PodWorker>();
  readonly #loops: Promise<unknown>[] = [];

  constructor(node: NodeIdentity, around: PodSurroundings) {
    this.node = node;
    this.#around = around;
  }

  /** Resolves when the node is registered and its pods are watched. */
  async start(): Promise<void> {
    await this.#around.cluster.create(nodeObject(this.node, this.#around.network.address));
    await this.#reportReady();
    this.#loops.push(this.#renewLease());
    const store = new Store<Pod>({
      onListenerError: (error) => {
        throw error;
      },
    });
    store.subscribe((change) => {
      const { old, new: pod } = change;
      if (old !== undefined && old.metadata.uid !== pod?.metadata.uid) void this.#forget(old);
      if (pod !== undefined) this.#see(pod);
    });
    const listWatch = new ListWatch({
      connection: this.#around.cluster.connection,
      resource: pods,
      store,
      clock: systemClock,
      random: () => Math.random(),
      fieldSelector: `spec.nodeName=${this.node.name}`,
      maxBackoffMs: 2000,
    });
    this.#loops.push(listWatch.run(this.#stop.signal));
    await listWatch.synced;
  }

  /** The pods that run here. */
  get pods(): readonly PodWorker[] {
    return [...this.#workers.values()];
  }

  /** The machine is switched off: every program ends, and nobody says so. */
  async switchOff(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#workers.values()].map((worker) => worker.drop()));
    this.#workers.clear();
    await Promise.all(this.#loops);
  }

  #see(pod: Pod): void {
    const known = this.#workers.get(pod.metadata.uid);
    if (known !== undefined) {
      known.update(pod);
      return;
    }
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return;
    const worker = new PodWorker(pod, this.#around);
    this.#workers.set(pod.metadata.uid, worker);
    worker.update(pod);
  }

  async #forget(pod: Pod): Promise<void> {
    const worker = this.#workers.get(pod.metadata.uid);
    this.#workers.delete(pod.metadata.uid);
    await worker?.drop();
  }

  async #reportReady(): Promise<void> {
    const time = new Date().toISOString();
    const condition = (type: string, status: string, reason: string): object => ({
      type,
      status,
      reason,
      lastHeartbeatTime: time,
      lastTransitionTime: time,
    });
    await this.#around.cluster.patch(
      'Node',
      this.node,
      {
        status: {
          conditions: [
            condition('Ready', 'True', 'KubeletReady'),
            condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
            condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
            condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
          ],
        },
      },
      '/status',
    );
  }

  async #isReady(): Promise<boolean> {
    const node = await this.#around.cluster.get<NodeStatus>('Node', this.node);
    return node?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? true;
  }

  async #renewLease(): Promise<void> {
    const { cluster } = this.#around;
    const of = { namespace: 'kube-node-lease', name: this.node.name };
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const renewTime = new Date().toISOString().replace('Z', '000Z');
      const spec = { holderIdentity: this.node.name, leaseDurationSeconds: 40, renewTime };
      try {
        await cluster.patch('Lease', of, { spec });
        // Whoever has missed renewals has declared it unknown meanwhile.
        if (!(await this.#isReady())) await this.#reportReady();
      } catch (error) {
        const missing = error instanceof ApiError && error.status === 404;
        const lease: ClusterObject = {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: of,
          spec,
        };
        if (missing) await cluster.create(lease).catch(() => undefined);
      }
      await delay(leaseEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

function nodeObject({ name, providerID, taints = [] }: NodeIdentity, address: string): ClusterObject {
  const resources = { cpu: '8', memory: '32Gi', pods: '250', 'ephemeral-storage': '100Gi' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/arch': process.arch === 'arm64' ? 'arm64' : 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
      },
    },
    spec: { providerID, taints },
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      capacity: resources,
      allocatable: resources,
    },
  };
}
