import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnection } from '@aad-pod-identity/kubernetes';
import { systemClock } from '@aad-pod-identity/program';
import { buildPrograms, type ProgramFiles } from '../../scripts/program-bundles.js';
import { startControlPlane, type ControlPlane } from '../../test/controlplane/control-plane.js';
import { freePorts } from '../../test/free-ports.js';
import { AssignedWatch } from '../mic/assigned-watch.js';
import { ProgramProcess } from '../mic/program-process.js';
import { auditFlags } from './audit-log.js';
import { Azure } from './azure.js';
import { ClusterApi, forEach } from './cluster-api.js';
import { Installation } from './installation.js';
import {
  bindingObject,
  identityObject,
  namespaceCount,
  namespaceName,
  nodeObject,
  nodeStatus,
  paths,
  podName,
  podObject,
  runningStatus,
} from './objects.js';

/** A program of the installation. */
export interface Program {
  /** `mic-0`, `nmi-pool-0…`; it is the end of its user agent. */
  readonly name: string;
  readonly process: ProgramProcess;
}

/** An NMI, and where it is asked. */
export interface NodeProgram extends Program {
  readonly node: string;
  readonly port: number;
}

interface WorldParts {
  readonly files: ProgramFiles;
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  readonly azure: Azure;
  readonly api: ClusterApi;
  readonly installation: Installation;
}

/** A real etcd and API server, the simulated Azure, and the programs, each a process of its own. */
export class ClusterWorld implements AsyncDisposable {
  readonly assigned: AssignedWatch = new AssignedWatch();
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  readonly azure: Azure;
  readonly api: ClusterApi;
  readonly #parts: WorldParts;
  readonly #stopWatching = new AbortController();
  readonly #programs: Program[] = [];

  private constructor(parts: WorldParts) {
    this.#parts = parts;
    ({ folder: this.folder, controlPlane: this.controlPlane, azure: this.azure, api: this.api } = parts);
  }

  /** With nodes, identities, bindings and namespaces; programs and pods come later. */
  static async start(): Promise<ClusterWorld> {
    const files = await buildPrograms((line) => console.error(line), ['mic', 'nmi', 'simulator']);
    const folder = await mkdtemp(join(tmpdir(), 'cluster-bench-'));
    const controlPlane = await startControlPlane({ apiserverFlags: await auditFlags(folder) });
    const azure = await Azure.start(files.simulator, folder);
    const { kubeconfig } = controlPlane;
    const api = new ClusterApi(
      await loadConnection({ kubeconfig, env: {}, clock: systemClock, userAgent: 'bench' }),
    );
    const installation = await Installation.apply(api, controlPlane);
    await forEach(namespaceCount, async (index) => {
      const name = namespaceName(index);
      await api.create(paths.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
      await api.create(paths.serviceAccounts(name), account);
    });
    const world = new ClusterWorld({ files, folder, controlPlane, azure, api, installation });
    await forEach(azure.nodes.length, async (index) => {
      const node = azure.nodes[index];
      if (node !== undefined) await api.create(paths.nodes, nodeObject(node));
      await world.beat(index);
    });
    await forEach(azure.identities.length, async (index) => {
      const identity = azure.identities[index];
      if (identity === undefined) return;
      await api.create(paths.custom('azureidentities'), identityObject(identity));
      await api.create(paths.custom('azureidentitybindings'), bindingObject(identity));
    });
    return world;
  }

  /** The kubelet of that node writes its status. */
  async beat(node: number): Promise<void> {
    const { name } = this.azure.nodes[node % this.azure.nodes.length] ?? {};
    await this.api.setStatus(`${paths.nodes}/${name ?? ''}`, nodeStatus(new Date().toISOString()));
  }

  /** Creates the pod of that number on its node, that many places further; it runs at once. */
  async createPod(index: number, shift = 0): Promise<void> {
    const collection = paths.pods(namespaceName(index));
    await this.api.create(collection, podObject(index, this.azure.nodes, shift));
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    await this.api.setStatus(`${collection}/${podName(index)}`, runningStatus(index, now));
  }

  /** Deletes a pod; its kubelet confirms a second later that its containers have ended. */
  async deletePod(index: number): Promise<void> {
    const path = `${paths.pods(namespaceName(index))}/${podName(index)}`;
    await this.api.delete(path);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await this.api.delete(path, 0);
  }

  /** Begins to keep {@link assigned}, until {@link stopWatching}. */
  async watch(): Promise<void> {
    await this.assigned.start(this.api.connection, this.#stopWatching.signal);
  }

  stopWatching(): void {
    this.#stopWatching.abort();
  }

  /** Starts a replica of MIC with what the manifest gives it. */
  async startMic(name: string): Promise<Program> {
    const { files, folder, installation } = this.#parts;
    const [, probes, metrics] = await freePorts();
    const flags = [
      `--kubeconfig=${await installation.kubeconfig('mic')}`,
      `--cloudconfig=${join(folder, 'azure.json')}`,
      `--http-probe-port=${probes}`,
      `--prometheus-port=${metrics}`,
      `--custom-user-agent=${name}`,
    ];
    const environment = {
      NODE_OPTIONS: '--max-semi-space-size=4',
      POD_NAME: name,
      AZURE_ENVIRONMENT_FILEPATH: join(folder, 'azure-environment.json'),
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt'),
    };
    return this.#keep({ name, process: new ProgramProcess(files.mic, flags, environment) });
  }

  /** Starts NMI for the node of that number. It leaves the rules of this machine alone. */
  async startNmi(index: number): Promise<NodeProgram> {
    const { files, installation } = this.#parts;
    const node = this.azure.nodes[index]?.name ?? '';
    const [port, probes, metrics] = await freePorts();
    const imds = await this.azure.imds(node);
    const pod = await installation.nmiPod(node);
    const flags = [
      `--kubeconfig=${await installation.kubeconfig('nmi')}`,
      `--node=${node}`,
      ...['--interception=none', `--metadata-ip=${imds.hostname}`, `--metadata-port=${imds.port}`],
      ...[`--nmi-port=${port}`, `--http-probe-port=${probes}`, `--prometheus-port=${metrics}`],
      `--custom-user-agent=${pod}`,
    ];
    const process = new ProgramProcess(files.nmi, flags, { POD_NAME: pod, POD_NAMESPACE: 'default' });
    return this.#keep({ name: pod, process, node, port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopWatching();
    await Promise.all(this.#programs.map(({ process }) => process.end('SIGKILL')));
    await this.api.connection.close();
    await this.azure[Symbol.asyncDispose]();
    await this.controlPlane[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  #keep<P extends Program>(program: P): P {
    this.#programs.push(program);
    return program;
  }
}
