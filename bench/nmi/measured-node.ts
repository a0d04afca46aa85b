/**
 * A node to measure NMI on: the simulator as API server and IMDS, in the process of the bench.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type Simulator, type SimulatorOptions } from '@aad-pod-identity/simulator';
import { buildPrograms } from '../../scripts/program-bundles.js';
import { shippedCrds } from '../../test/shipped-crds.js';
import { NmiProcess } from './nmi-process.js';

/** The node that is measured. */
const nodeName = 'vm-0';
const namespace = 'team-a';
export const resource = 'https://management.azure.com/';

/** How NMI is asked for a token. */
export function tokenTarget(audience: string = resource): string {
  return `/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${encodeURIComponent(audience)}`;
}

/** How large the cluster is. */
export interface NodeSize {
  /** Identities, each with a binding, all on the machine. */
  readonly identities: number;
  readonly limits?: SimulatorOptions['limits'];
  /** How long IMDS takes for an answer, in milliseconds. @default 0 */
  readonly imdsMs?: number;
}

/** A simulated cluster with one machine. */
export class MeasuredNode implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly #folder: string;
  readonly #file: string;

  private constructor(simulator: Simulator, folder: string, file: string) {
    this.simulator = simulator;
    this.#folder = folder;
    this.#file = file;
  }

  static async start({ identities, limits, imdsMs = 0 }: NodeSize): Promise<MeasuredNode> {
    const { nmi } = await buildPrograms((line) => console.error(line), ['nmi']);
    const names = Array.from({ length: identities }, (_, index) => identityName(index));
    const simulator = await startSimulator({
      seed: 'bench',
      customResourceDefinitions: await shippedCrds(),
      latencies: { imds: imdsMs },
      ...(limits === undefined ? {} : { limits }),
      world: {
        identities: names.map((name) => ({ name })),
        virtualMachines: [{ name: nodeName, userAssigned: names }],
      },
    });
    const node = new MeasuredNode(simulator, await mkdtemp(join(tmpdir(), 'nmi-bench-')), nmi);
    await simulator.writeKubeconfig(node.#kubeconfig);
    node.#create('namespaces', { metadata: { name: namespace } });
    for (const { name, id, clientId } of simulator.azure.identities.list()) {
      node.#create(custom('azureidentities'), {
        metadata: { namespace, name },
        spec: { type: 0, resourceID: id, clientID: clientId },
      });
      node.#create(custom('azureidentitybindings'), {
        metadata: { namespace, name },
        spec: { azureIdentity: name, selector: name },
      });
    }
    return node;
  }

  /** A pod on the machine, with the label of that identity, or with none. */
  addPod(name: string, identity?: number): void {
    this.#create('pods', {
      metadata: {
        namespace,
        name,
        labels: { app: name, ...(identity === undefined ? {} : { aadpodidbinding: identityName(identity) }) },
      },
      spec: { nodeName, containers: [{ name: 'main', image: 'registry.example/app:1' }] },
    });
  }

  /** The assignment of an identity to a pod as MIC writes it; of a pod of this node or another. */
  addAssignment(pod: string, identity: number, status: 'Created' | 'Assigned', node = nodeName): void {
    const name = identityName(identity);
    const read = (plural: string): unknown =>
      this.simulator.kubernetes.objects.get(custom(plural), { namespace, name });
    this.#create(custom('azureassignedidentities'), {
      metadata: {
        namespace: 'default',
        name: `${pod}-${namespace}-${name}`,
        labels: { nodename: node },
        finalizers: ['azureassignedidentity.finalizers.aadpodidentity.k8s.io'],
      },
      spec: {
        azureIdentityRef: read('azureidentities'),
        azureBindingRef: read('azureidentitybindings'),
        pod,
        podNamespace: namespace,
        nodename: node,
        replicas: 1,
      },
      status: { status, availableReplicas: 1 },
    });
  }

  /** MIC sets an assignment to `Assigned`. */
  assign(pod: string, identity: number): void {
    this.simulator.kubernetes.objects.patch(
      custom('azureassignedidentities'),
      { namespace: 'default', name: `${pod}-${namespace}-${identityName(identity)}` },
      { type: 'application/merge-patch+json', body: { status: { status: 'Assigned' } } },
    );
  }

  /** The address of a pod, once it has one. */
  async address(name: string): Promise<string> {
    for (;;) {
      const pod = this.simulator.kubernetes.objects.get('pods', { namespace, name }) as {
        readonly status?: { readonly podIP?: string };
      };
      const address = pod.status?.podIP ?? '';
      if (address !== '') return address;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Calls back with the address of each pod of that name or a longer one as soon as it has one, until the returned function is called. */
  onAddress(prefix: string, tell: (address: string) => void): () => void {
    const told = new Set<string>();
    const watch = this.simulator.kubernetes.objects.watch('pods', (event) => {
      if (!('object' in event)) return;
      const { metadata, status } = event.object as {
        readonly metadata: { readonly name?: string };
        readonly status?: { readonly podIP?: string };
      };
      const [name, address] = [metadata.name ?? '', status?.podIP ?? ''];
      if (address === '' || !name.startsWith(prefix) || told.has(name)) return;
      told.add(name);
      tell(address);
    });
    return () => watch.stop();
  }

  /** The requests that reached IMDS so far. */
  imdsCalls(): readonly { readonly status: number }[] {
    return this.simulator.requests.list('imds');
  }

  /** Starts NMI on the machine, with nothing on its command line but what the simulator makes necessary. */
  startNmi(): Promise<NmiProcess> {
    const imds = new URL(this.simulator.urls.imds[nodeName] ?? '');
    return NmiProcess.start({
      file: this.#file,
      log: join(this.#folder, 'nmi.log'),
      environment: { AZURE_AUTHORITY_HOST: this.simulator.urls.entra },
      flags: [
        `--kubeconfig=${this.#kubeconfig}`,
        `--node=${nodeName}`,
        '--log-format=json',
        `--metadata-ip=${imds.hostname}`,
        `--metadata-port=${imds.port}`,
        '--interception=none',
      ],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  #create(kind: string, object: object): void {
    this.simulator.kubernetes.objects.create(kind, object);
  }
}

function identityName(index: number): string {
  return `identity-${index}`;
}

function custom(plural: string): string {
  return `${plural}.aadpodidentity.k8s.io`;
}
