import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnection, type Connection } from '@aad-pod-identity/kubernetes';
import { systemClock } from '@aad-pod-identity/program';
import { images } from '../../scripts/images/contents.js';
import { buildPrograms, type ProgramFiles } from '../../scripts/program-bundles.js';
import { armCalls, patchLatencies, post, type ArmCall } from './admin.js';
import { AssignedWatch } from './assigned-watch.js';
import {
  assignedObject,
  bindingObject,
  IDENTITIES,
  identityName,
  identityObject,
  interleaved,
  NAMESPACES,
  namespaceName,
  NODES_PER_SCALE_SET,
  podObject,
  SCALE_SETS,
  type IdentityInfo,
  type NodeInfo,
} from './cluster-objects.js';
import { eventually } from '../../test/eventually.js';
import { Mic } from './mic.js';
import { ProgramProcess, type ProcessCost } from './program-process.js';

/** How a world begins. */
export interface WorldOptions {
  /** How long ARM takes for an update of a scale set, in seconds. */
  readonly armSeconds: number;
  /** Whether every scale set has every identity from the start. */
  readonly attached: boolean;
}

interface WorldParts {
  readonly files: ProgramFiles;
  readonly folder: string;
  readonly simulator: ProgramProcess;
  readonly admin: string;
  readonly connection: Connection;
  readonly nodes: readonly NodeInfo[];
  readonly identities: readonly IdentityInfo[];
}

const custom = (plural: string): string => `${plural}.aadpodidentity.k8s.io`;
/** Objects in one request to the simulator. */
const batch = 5_000;

/** The simulator in one process, the bundled MIC in another, and a watch on what MIC writes in this one. */
export class World implements AsyncDisposable {
  readonly assigned: AssignedWatch = new AssignedWatch();
  readonly #parts: WorldParts;
  readonly #stop = new AbortController();

  private constructor(parts: WorldParts) {
    this.#parts = parts;
  }

  /** Starts the simulator, and puts scale sets, identities, bindings and namespaces there; MIC and pods come later. */
  static async start({ armSeconds, attached }: WorldOptions): Promise<World> {
    const files = await buildPrograms((line) => console.error(line), ['mic', 'simulator']);
    const folder = await mkdtemp(join(tmpdir(), 'mic-bench-'));
    const kubeconfig = join(folder, 'kubeconfig');
    const flags = [
      '--json',
      `--kubeconfig=${kubeconfig}`,
      `--environment-dir=${folder}`,
      `--scale-set-update-duration=${armSeconds}s`,
    ];
    const simulator = new ProgramProcess(files.simulator, flags, {
      NODE_OPTIONS: '--max-old-space-size=12000',
    });
    const ready = await eventually('the simulator', () => simulator.lines[0]);
    const { admin } = (JSON.parse(ready) as { urls: { admin: string } }).urls;
    await patchLatencies(admin, { podStart: 2_000 });
    const identities = await inTurn(IDENTITIES, (index) => createIdentity(admin, identityName(index)));
    const userAssigned = attached ? identities.map(({ id }) => id) : [];
    const scaleSets = await inTurn(SCALE_SETS, (index) => createScaleSet(admin, index, userAssigned));
    const connection = await loadConnection({ kubeconfig, env: {}, clock: systemClock, userAgent: 'bench' });
    const nodes = interleaved(scaleSets);
    const world = new World({ files, folder, simulator, admin, connection, nodes, identities });
    await world.#create(custom('azureidentities'), identities.map(identityObject));
    await world.#create(custom('azureidentitybindings'), identities.map(bindingObject));
    const namespaces = Array.from({ length: NAMESPACES }, (_, index) => ({
      metadata: { name: namespaceName(index) },
    }));
    await world.#create('namespaces', namespaces);
    return world;
  }

  /** Creates pods `from` to `to`, as many as can be within one moment, each on its node already. */
  async createPods(from: number, to: number): Promise<void> {
    for (const indexes of batches(from, to))
      await this.#create(
        'pods',
        indexes.map((index) => podObject(index, this.#parts.nodes)),
      );
  }

  /** Creates pods `from` to `to`, and what MIC leaves for each of them when its work is done. */
  async createAssignedPods(from: number, to: number): Promise<void> {
    const { nodes, identities } = this.#parts;
    for (const indexes of batches(from, to)) {
      const objects = indexes.map((index) => assignedObject(index, nodes, identities));
      await this.#create(custom('azureassignedidentities'), objects);
      await this.createPods(indexes[0] ?? from, (indexes.at(-1) ?? from) + 1);
    }
  }

  /** Begins to keep {@link assigned}. */
  async watch(): Promise<void> {
    await this.assigned.start(this.#parts.connection, this.#stop.signal);
  }

  /** Starts MIC, with its default settings; resolves at once. */
  async mic(): Promise<Mic> {
    const { files, folder } = this.#parts;
    const [probes, metrics] = [await freePort(), await freePort()];
    const flags = [
      `--kubeconfig=${join(folder, 'kubeconfig')}`,
      `--cloudconfig=${join(folder, 'azure.json')}`,
      `--http-probe-port=${probes}`,
      `--prometheus-port=${metrics}`,
    ];
    const environment = {
      ...images.mic.environment,
      AZURE_ENVIRONMENT_FILEPATH: join(folder, 'azure-environment.json'),
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt'),
    };
    return new Mic(new ProgramProcess(files.mic, flags, environment), metrics);
  }

  /** How many Event objects there are. */
  async countEvents(): Promise<number> {
    const request = { method: 'GET', path: '/api/v1/events', timeoutMs: 120_000 } as const;
    const list = (await (await this.#parts.connection.request(request)).json()) as { items: unknown[] };
    return list.items.length;
  }

  /** What the simulator has cost so far. */
  simulatorCost(): ProcessCost {
    return this.#parts.simulator.cost();
  }

  /** What ARM was asked since the last time. */
  armCalls(): Promise<readonly ArmCall[]> {
    return armCalls(this.#parts.admin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { connection, simulator, folder } = this.#parts;
    this.#stop.abort();
    await connection.close();
    await simulator.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }

  async #create(resource: string, objects: readonly object[]): Promise<void> {
    await post(`${this.#parts.admin}/kubernetes/objects`, { resource, objects });
  }
}

/** An identity that MIC may assign. */
async function createIdentity(admin: string, name: string): Promise<IdentityInfo> {
  const { id, clientId } = await post(`${admin}/azure/identities`, { name });
  const role = { principal: 'mic', role: 'Managed Identity Operator', scope: name };
  await post(`${admin}/azure/role-assignments`, role);
  return { name, id: String(id), clientId: String(clientId) };
}

async function createScaleSet(
  admin: string,
  index: number,
  userAssigned: readonly string[],
): Promise<NodeInfo[]> {
  const seed = { name: `pool-${index}`, instances: NODES_PER_SCALE_SET, userAssigned };
  const { machines } = await post(`${admin}/azure/scale-sets`, seed);
  return (machines as { id: string; node: string }[]).map(({ id, node }) => ({
    name: node,
    providerID: `azure://${id}`,
  }));
}

function batches(from: number, to: number): number[][] {
  return Array.from({ length: Math.ceil((to - from) / batch) }, (_, turn) => {
    const first = from + turn * batch;
    return Array.from({ length: Math.min(batch, to - first) }, (__, index) => first + index);
  });
}

async function inTurn<T>(times: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let index = 0; index < times; index++) made.push(await make(index));
  return made;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
