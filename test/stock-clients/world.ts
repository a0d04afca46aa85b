import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type Simulator } from '@aad-pod-identity/simulator';
import { startInNamespace, type NamespaceProcess } from '../interception/namespace-process.js';
import { shippedCrds } from '../shipped-crds.js';
import { imdsAddress, type Networks } from './pod-networks.js';
import { requestsFrom } from './seen-requests.js';
import { labelOfBoth, labelOfPreferred, type IdentityName, type Situation } from './situations.js';

const machine = 'vm-0';
const namespace = 'team-a';
const group = 'aadpodidentity.k8s.io';

/** What names an identity to a client. */
export interface NamedIdentity {
  readonly clientId: string;
  readonly id: string;
}

/** The simulated cluster and Azure, in this process, which runs in the network namespace of the node; and NMI on it. */
export class World implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly #folder: string;
  readonly #networks: Networks;
  readonly #program: string;
  #nmi: NamespaceProcess | undefined;
  #marks = 0;

  private constructor(simulator: Simulator, folder: string, networks: Networks, program: string) {
    this.simulator = simulator;
    this.#folder = folder;
    this.#networks = networks;
    this.#program = program;
  }

  /**
   * @param program - the file of NMI, as it is built
   * @param limited - identities beside `preferred` and `other`, each with a binding of its own name
   */
  static async start(networks: Networks, program: string, limited: readonly IdentityName[]): Promise<World> {
    const names: readonly IdentityName[] = ['preferred', 'other', ...limited];
    const simulator = await startSimulator({
      customResourceDefinitions: await shippedCrds(),
      addresses: { host: networks.nodeAddress, imds: () => ({ host: imdsAddress, port: 80 }) },
      world: {
        identities: names.map((name) => ({ name })),
        virtualMachines: [{ name: machine, userAssigned: names }],
        roleAssignments: names.map((principal) => ({ principal, role: 'Reader' })),
      },
    });
    const world = new World(simulator, await mkdtemp(join(tmpdir(), 'stock-clients-')), networks, program);
    await simulator.writeKubeconfig(world.#kubeconfig);
    simulator.kubernetes.objects.create('namespaces', { metadata: { name: namespace } });
    for (const name of names) {
      const { id, clientId } = world.identity(name);
      world.#create(`azureidentities.${group}`, name, {
        spec: { type: 0, resourceID: id, clientID: clientId },
      });
    }
    world.bind('preferred', labelOfBoth, 10);
    world.bind('other', labelOfBoth, 1);
    world.bind('preferred', labelOfPreferred);
    for (const name of limited) world.bind(name, name);
    return world;
  }

  /** A folder of this run's own. */
  get folder(): string {
    return this.#folder;
  }

  identity(name: IdentityName): NamedIdentity {
    const identity = this.simulator.azure.identities.list().find((one) => one.name === name);
    if (identity === undefined) throw new Error(`the world has no identity ${name}`);
    return identity;
  }

  /** Makes a binding that leads pods with this label to the identity. */
  bind(identity: IdentityName, selector: string, weight = 0): void {
    this.#create(`azureidentitybindings.${group}`, bindingOf(identity, selector), {
      spec: { azureIdentity: identity, selector, weight },
    });
  }

  /** Makes a pod that runs, with the address of its network namespace, and its assignments. */
  addPod(number: number, situation: Situation): void {
    const { label } = situation;
    this.#create('pods', podName(number), {
      metadata: {
        namespace,
        name: podName(number),
        labels: label === undefined ? {} : { aadpodidbinding: label },
        annotations: { 'simulator.aad-pod-identity/pod-ip': this.#networks.podAddress(number) },
      },
      spec: { nodeName: machine, containers: [{ name: 'c', image: 'example.invalid/app' }] },
    });
    for (const identity of situation.assigned) this.assign(number, identity, label ?? '');
    if (situation.created !== undefined) this.assign(number, situation.created, label ?? '', 'Created');
  }

  /** What MIC writes when the identity is on the VM, or on its way there. */
  assign(
    number: number,
    identity: IdentityName,
    selector: string,
    status: 'Assigned' | 'Created' = 'Assigned',
  ): void {
    const read = (plural: string, name: string): unknown =>
      this.simulator.kubernetes.objects.get(`${plural}.${group}`, { namespace, name });
    const pod = podName(number);
    const name = assignmentOf(number, identity);
    this.#create(`azureassignedidentities.${group}`, name, {
      metadata: { namespace: 'default', name, labels: { nodename: machine } },
      spec: {
        azureIdentityRef: read('azureidentities', identity),
        azureBindingRef: read('azureidentitybindings', bindingOf(identity, selector)),
        pod,
        podNamespace: namespace,
        nodename: machine,
      },
      status: { status },
    });
  }

  /** What MIC writes when the identity that was on its way is there. */
  becomeAssigned(number: number, identity: IdentityName): void {
    const name = { namespace: 'default', name: assignmentOf(number, identity) };
    const body = { status: { status: 'Assigned' } };
    this.simulator.kubernetes.objects.patch(`azureassignedidentities.${group}`, name, {
      type: 'application/merge-patch+json',
      body,
    });
  }

  /** Starts NMI anew, with these flags; resolves once requests are redirected to it and it has its lists. */
  async startNmi(...flags: readonly string[]): Promise<void> {
    await this.#nmi?.end('SIGTERM');
    this.#marks = 0;
    const args = [
      this.#program,
      `--kubeconfig=${this.#kubeconfig}`,
      `--node=${machine}`,
      '--log-format=json',
    ];
    this.#nmi = startInNamespace(this.#networks.node, process.execPath, [...args, ...flags], {
      KUBECONFIG: '',
    });
    const nmi = this.#nmi;
    process.once('exit', () => nmi.signal('SIGKILL'));
    await nmi.line(/are redirected to/);
    await this.#poll('http://127.0.0.1:8080/readyz', (status) => status === 200);
  }

  /** What NMI has logged since it was started last. */
  get log(): readonly string[] {
    return this.#nmi?.lines ?? [];
  }

  /** Resolves when `look` is true, which is asked with each line of NMI's log. */
  async logged(look: () => boolean): Promise<void> {
    await this.#nmi?.until(look);
  }

  /**
   * Resolves when everything that NMI has answered is in its log, into which it writes lines together after the answers:
   * when a request made now is.
   */
  async logWritten(): Promise<void> {
    const mark = ++this.#marks;
    await fetch('http://127.0.0.1:2579/mark');
    await this.logged(
      () =>
        requestsFrom('127.0.0.1', this.log).filter(({ reason }) => reason === 'unknown-path').length >= mark,
    );
  }

  /** Resolves when this many requests wait in NMI. */
  async waiters(count: number): Promise<void> {
    const gauge = new RegExp(`^aadpodidentity_nmi_waiters ${count}$`, 'm');
    await this.#poll('http://127.0.0.1:9090/metrics', (_status, text) => gauge.test(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nmi?.end('SIGTERM');
    await this.simulator[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  #create(resource: string, name: string, rest: Readonly<Record<string, unknown>>): void {
    this.simulator.kubernetes.objects.create(resource, { metadata: { namespace, name }, ...rest });
  }

  async #poll(url: string, enough: (status: number, text: string) => boolean): Promise<void> {
    for (const deadline = Date.now() + 120_000; ;) {
      const [status, text] = await fetch(url).then(
        async (response) => [response.status, await response.text()] as const,
        (error: Error) => [0, error.message] as const,
      );
      if (enough(status, text)) return;
      if (Date.now() > deadline) throw new Error(`${url} never said what was waited for, but:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Writes the certificate authority of the simulated Azure. @returns its path */
  async writeCa(): Promise<string> {
    const file = join(this.#folder, 'ca.crt');
    await writeFile(file, this.simulator.caCertificate);
    return file;
  }
}

/** The name of the pod of a case. */
function podName(number: number): string {
  return `app-${number}`;
}

function assignmentOf(number: number, identity: IdentityName): string {
  return `${podName(number)}-${namespace}-${identity}`;
}

function bindingOf(identity: IdentityName, selector: string): string {
  return `${selector}-${identity}`;
}
