/**
 * The nodes of the cluster: each a machine of Azure, a part of the network and a kubelet.
 *
 * @module
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Machine } from '@aad-pod-identity/simulator';
import type { ImageSource } from '../kubelet/image.js';
import { Kubelet, type NodeIdentity } from '../kubelet/kubelet.js';
import type { PodWorker } from '../kubelet/pod-worker.js';
import { azurePaths, type SimulatedAzure } from './azure.js';
import type { Cluster } from './cluster.js';
import { NodeNetwork } from './network.js';

/** One node. */
export interface ClusterNode {
  readonly name: string;
  readonly machine: Machine;
  readonly network: NodeNetwork;
  readonly kubelet: Kubelet;
}

/** What nodes are made with. */
export interface NodesOptions {
  readonly azure: SimulatedAzure;
  readonly cluster: Cluster;
  readonly images: ImageSource;
  readonly folder: string;
  readonly logs: string;
}

/** All nodes. */
export class Nodes implements AsyncDisposable {
  readonly #options: NodesOptions;
  readonly #nodes = new Map<string, ClusterNode>();
  #made = 0;

  constructor(options: NodesOptions) {
    this.#options = options;
  }

  /** Those that are switched on. */
  get all(): readonly ClusterNode[] {
    return [...this.#nodes.values()];
  }

  get(name: string): ClusterNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  /** Makes a node of a machine; resolves when it runs pods. */
  async add(machine: Machine, { taints }: Pick<NodeIdentity, 'taints'> = {}): Promise<ClusterNode> {
    const { azure, cluster, images, folder, logs } = this.#options;
    const name = machine.computerName.toLowerCase();
    const index = ++this.#made;
    const network = await NodeNetwork.connect(index, azure.imdsPort(name));
    const nodeFiles = join(folder, name, 'files');
    const files = {
      [azurePaths.cloudConfig]: 'azure.json',
      [azurePaths.environment]: 'azure-environment.json',
      [azurePaths.certificate]: 'ca.pem',
    };
    for (const [path, source] of Object.entries(files)) {
      await mkdir(dirname(join(nodeFiles, path)), { recursive: true });
      await copyFile(join(azure.folder, source), join(nodeFiles, path));
    }
    const identity = { name, providerID: `azure://${machine.id}`, ...(taints !== undefined && { taints }) };
    const given = [azurePaths.environment, azurePaths.certificate];
    const kubelet = new Kubelet(identity, {
      cluster,
      network,
      images,
      nodeFiles,
      folder: join(folder, name, 'pods'),
      logs,
      // What makes the simulated Azure as good as the real one: its addresses, and that its certificate is trusted.
      environment: {
        AZURE_ENVIRONMENT_FILEPATH: azurePaths.environment,
        NODE_EXTRA_CA_CERTS: azurePaths.certificate,
      },
      mounts: given.map((path) => ({ source: join(nodeFiles, path), target: path, readOnly: true })),
    });
    await kubelet.start();
    const node = { name, machine, network, kubelet };
    this.#nodes.set(name, node);
    return node;
  }

  /** Switches a machine off and takes its part of the network away. Its Node object stays. */
  async remove(name: string): Promise<void> {
    const node = this.get(name);
    this.#nodes.delete(name);
    await node.kubelet.switchOff();
    await node.network.disconnect();
  }

  /** What runs a pod; `undefined` where no node does. */
  worker(of: { readonly namespace: string; readonly name: string }): PodWorker | undefined {
    return this.all
      .flatMap(({ kubelet }) => kubelet.pods)
      .find(({ pod: { metadata } }) => metadata.name === of.name && metadata.namespace === of.namespace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map(({ kubelet }) => kubelet.switchOff()));
  }
}
