/**
 * A simulator with one machine, and an NMI on it, in this process.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnection } from '@aad-pod-identity/kubernetes';
import { systemClock } from '@aad-pod-identity/program';
import { startSimulator, type Simulator, type SimulatorOptions } from '@aad-pod-identity/simulator';
import { shippedCrds } from '../../../../test/shipped-crds.js';
import { runNmi, type NmiEffects } from '../nmi.js';
import { pfxOpener } from '../token/open-pfx.js';

export const machine = 'vm-0';

type Json = Readonly<Record<string, unknown>>;

/** An NMI that runs. */
export interface RunningNmi {
  readonly port: number;
  readonly probes: number;
  readonly metrics: number;
  /** Its log, one line an entry. */
  readonly lines: string[];
  /** Stops it as SIGTERM does. @returns its exit code */
  stop(): Promise<number>;
}

/** The effects of an NMI that touches nothing outside the process but loopback sockets. */
export function harmlessEffects(log: (line: string) => void): NmiEffects {
  return {
    clock: systemClock,
    random: Math.random,
    log,
    connect: (options) => loadConnection({ ...options, env: {}, clock: systemClock }),
    run: () => Promise.resolve({ kind: 'missing' }),
    follow: () => () => undefined,
    isNodeAddress: (address) => address === '127.0.0.1',
    readNetworkFacts: () => Promise.resolve({}),
    routesLocalnet: () => Promise.resolve(undefined),
    readFile: () => Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' })),
    openPfx: pfxOpener({
      program: new URL('./pfx-thread.mjs', import.meta.url),
      execArgv: ['--conditions=@aad-pod-identity/source'],
      timeoutMs: 60_000,
    }),
    probeHost: '127.0.0.1',
  };
}

/** The simulator, with the CRDs that the project ships. */
export class SimulatedNode implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly #folder: string;
  readonly #running = new Set<RunningNmi>();

  private constructor(simulator: Simulator, folder: string) {
    this.simulator = simulator;
    this.#folder = folder;
  }

  /** Starts it with the machine {@link machine}, which has some identities of that world, and the namespace team-a. */
  static async start(
    world: NonNullable<SimulatorOptions['world']>,
    attached: readonly string[],
  ): Promise<SimulatedNode> {
    const simulator = await startSimulator({
      customResourceDefinitions: await shippedCrds(),
      world: { ...world, virtualMachines: [{ name: machine, userAssigned: attached }] },
    });
    const node = new SimulatedNode(simulator, await mkdtemp(join(tmpdir(), 'nmi-test-')));
    await simulator.writeKubeconfig(node.kubeconfig);
    simulator.kubernetes.objects.create('namespaces', { metadata: { name: 'team-a' } });
    return node;
  }

  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  /** Adds an object of a custom kind (by its plural), a pod or a secret. */
  create(plural: string, namespace: string, name: string, rest: Json): void {
    this.simulator.kubernetes.objects.create(resource(plural), { metadata: { namespace, name }, ...rest });
  }

  delete(plural: string, namespace: string, name: string): void {
    this.simulator.kubernetes.objects.delete(resource(plural), { namespace, name });
  }

  /** A pod on the machine. */
  pod(namespace: string, name: string, label?: string): void {
    this.simulator.kubernetes.objects.create('pods', {
      metadata: { namespace, name, labels: label === undefined ? {} : { aadpodidbinding: label } },
      spec: { nodeName: machine, containers: [{ name: 'c', image: 'example.invalid/app' }] },
    } as never);
  }

  /** The address of a pod, once it has one. */
  async address(namespace: string, name: string): Promise<string> {
    return eventually(() => {
      const pod = this.simulator.kubernetes.objects.get('pods', { namespace, name }) as
        { status?: { podIP?: string } } | undefined;
      return pod?.status?.podIP;
    });
  }

  /** An AzureIdentity for an identity of the world, and a binding of the same name for the label of that name. */
  bind(namespace: string, name: string): { readonly clientId: string; readonly id: string } {
    const identity = this.simulator.azure.identities.list().find((one) => one.name === name);
    if (identity === undefined) throw new Error(`the world has no identity ${name}`);
    this.create('azureidentities', namespace, name, {
      spec: { type: 0, resourceID: identity.id, clientID: identity.clientId },
    });
    this.create('azureidentitybindings', namespace, name, { spec: { azureIdentity: name, selector: name } });
    return identity;
  }

  /** An AzureIdentity of type 1 with its Secret `NAME-secret`, and a binding of the same name for the label of that name. */
  servicePrincipal(
    namespace: string,
    name: string,
    principal: {
      readonly clientId: string;
      readonly secret: string;
      readonly auxiliaryTenantIDs?: readonly string[];
    },
  ): void {
    const { clientId, secret, ...tenants } = principal;
    const secretName = `${name}-secret`;
    this.create('secrets', namespace, secretName, {
      data: { clientSecret: Buffer.from(secret).toString('base64') },
    });
    this.create('azureidentities', namespace, name, {
      spec: {
        type: 1,
        tenantID: this.simulator.tenantId,
        ...tenants,
        clientID: clientId,
        clientPassword: { name: secretName, namespace },
      },
    });
    this.create('azureidentitybindings', namespace, name, { spec: { azureIdentity: name, selector: name } });
  }

  /** What MIC would write for a pod and an identity of one namespace. */
  assign(namespace: string, pod: string, identity: string, status: string): void {
    const read = (plural: string): unknown =>
      this.simulator.kubernetes.objects.get(resource(plural), { namespace, name: identity });
    this.simulator.kubernetes.objects.create(resource('azureassignedidentities'), {
      metadata: {
        namespace: 'default',
        name: `${pod}-${namespace}-${identity}`,
        labels: { nodename: machine },
      },
      spec: {
        azureIdentityRef: read('azureidentities'),
        azureBindingRef: read('azureidentitybindings'),
        pod,
        podNamespace: namespace,
        nodename: machine,
      },
      status: { status },
    } as never);
  }

  /** Starts NMI on the machine; resolves when it listens. */
  async nmi(flags: readonly string[] = [], effects: Partial<NmiEffects> = {}): Promise<RunningNmi> {
    const lines: string[] = [];
    const stop = new AbortController();
    const imds = new URL(this.simulator.urls.imds[machine] ?? 'http://127.0.0.1:1');
    let ended: Promise<number> = Promise.resolve(0);
    const ports = await new Promise<{ nmi: number; probes: number; metrics: number }>((resolve, reject) => {
      ended = runNmi(
        {
          argv: [
            `--kubeconfig=${this.kubeconfig}`,
            `--node=${machine}`,
            '--nmi-port=0',
            '--http-probe-port=0',
            '--prometheus-port=0',
            '--log-format=json',
            `--metadata-ip=${imds.hostname}`,
            `--metadata-port=${imds.port}`,
            '--interception=none',
            ...flags,
          ],
          environment: { AZURE_AUTHORITY_HOST: this.simulator.urls.entra },
          stop: stop.signal,
          print: () => undefined,
        },
        {
          ...harmlessEffects((line) => lines.push(line)),
          entraCa: this.simulator.caCertificate,
          ...effects,
          onListening: resolve,
        },
      );
      ended.catch(reject);
    });
    const running: RunningNmi = {
      port: ports.nmi,
      probes: ports.probes,
      metrics: ports.metrics,
      lines,
      stop: () => {
        this.#running.delete(running);
        stop.abort();
        return ended;
      },
    };
    this.#running.add(running);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((nmi) => nmi.stop()));
    await this.simulator[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Waits until `look` gives something other than `undefined` or `false`. */
export async function eventually<T>(look: () => T | Promise<T>): Promise<Exclude<T, undefined | false>> {
  for (const deadline = Date.now() + 15_000; ;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    if (Date.now() > deadline) throw new Error(`in vain: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function resource(plural: string): string {
  return plural.startsWith('azure') ? `${plural}.aadpodidentity.k8s.io` : plural;
}
