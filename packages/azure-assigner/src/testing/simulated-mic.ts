import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientNodeConnection } from '@aad-pod-identity/kubernetes/client-node';
import { systemClock } from '@aad-pod-identity/program';
import {
  azureJson,
  defaultServicePrincipal,
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '@aad-pod-identity/simulator';
import { shippedCrds } from '../../../../test/shipped-crds.js';
import { configFiles } from '../config-files.js';
import { runMic } from '../mic.js';

/** A running MIC in this process. */
export interface RunningMic {
  readonly lines: string[];
  readonly ports: { readonly probes: number; readonly metrics: number };
  /** Stops it as SIGTERM does. @returns its exit code */
  stop(): Promise<number>;
}

/** A simulator with the shipped CRDs and the files that a MIC is started with. */
export class SimulatedMic implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly cloudConfig: string;
  readonly environmentFile: string;
  readonly caFile: string;
  readonly #running = new Set<RunningMic>();

  private constructor(simulator: Simulator, folder: string) {
    this.simulator = simulator;
    this.folder = folder;
    this.kubeconfig = join(folder, 'kubeconfig');
    this.cloudConfig = join(folder, 'azure.json');
    this.environmentFile = join(folder, 'environment.json');
    this.caFile = join(folder, 'ca.pem');
  }

  static async start(options: SimulatorOptions): Promise<SimulatedMic> {
    const simulator = await startSimulator({ customResourceDefinitions: await shippedCrds(), ...options });
    const made = new SimulatedMic(simulator, await mkdtemp(join(tmpdir(), 'mic-test-')));
    await simulator.writeKubeconfig(made.kubeconfig);
    await writeFile(made.cloudConfig, JSON.stringify(azureJson(simulator, defaultServicePrincipal)));
    await writeFile(made.environmentFile, JSON.stringify(simulator.azureEnvironment));
    await writeFile(made.caFile, simulator.caCertificate);
    return made;
  }

  /** The command line of a MIC against this simulator. */
  argv(...flags: string[]): string[] {
    return [
      `--kubeconfig=${this.kubeconfig}`,
      `--cloudconfig=${this.cloudConfig}`,
      '--http-probe-port=0',
      '--prometheus-port=0',
      '--leader-election-duration=3s',
      '--unassign-grace-period=0',
      ...flags,
    ];
  }

  /** The environment of a MIC against this simulator. */
  get environment(): Record<string, string> {
    return { AZURE_ENVIRONMENT_FILEPATH: this.environmentFile, NODE_EXTRA_CA_CERTS: this.caFile };
  }

  /** Runs a MIC to its end. */
  runOnce(...flags: string[]): Promise<{ readonly printed: string; readonly code: number }> {
    return this.begin(...flags).ended;
  }

  /** The same, with the lines that it logs meanwhile. */
  begin(...flags: string[]): {
    readonly lines: readonly string[];
    readonly ended: Promise<{ readonly printed: string; readonly code: number }>;
  } {
    let printed = '';
    const { lines, ended } = this.#run(
      this.argv(...flags),
      new AbortController(),
      (text) => (printed += text),
    );
    return { lines, ended: ended.then((code) => ({ code, printed })) };
  }

  /** Starts a MIC in this process; resolves when its probes listen. */
  async mic(...flags: string[]): Promise<RunningMic> {
    const stop = new AbortController();
    const { lines, ports, ended } = this.#run(this.argv(...flags), stop, () => undefined);
    const listening = await Promise.race([
      ports,
      ended.then(() => Promise.reject(new Error(lines.join('')))),
    ]);
    const running: RunningMic = {
      lines,
      ports: listening,
      stop: async () => {
        this.#running.delete(running);
        stop.abort();
        return ended;
      },
    };
    this.#running.add(running);
    return running;
  }

  #run(argv: string[], stop: AbortController, print: (text: string) => void) {
    const lines: string[] = [];
    let listening: (ports: RunningMic['ports']) => void = () => undefined;
    const ports = new Promise<RunningMic['ports']>((resolve) => (listening = resolve));
    const ended = runMic(
      { argv, environment: this.environment, stop: stop.signal, print },
      {
        clock: systemClock,
        random: Math.random,
        hostName: `mic-${Math.random().toString(36).slice(2, 8)}`,
        files: configFiles,
        log: (line) => lines.push(line),
        connect: (options) => clientNodeConnection({ ...options, env: {}, clock: systemClock }),
        azureCa: this.simulator.caCertificate,
        onListening: listening,
      },
    );
    return { lines, ports, ended };
  }

  /** Adds an object. */
  create(resource: 'pods' | 'azureidentities' | 'azureidentitybindings', name: string, rest: object): void {
    const full = resource === 'pods' ? resource : `${resource}.aadpodidentity.k8s.io`;
    this.simulator.kubernetes.objects.create(full, { metadata: { name }, ...rest });
  }

  delete(resource: 'pods' | 'azureidentities' | 'azureidentitybindings', name: string): void {
    const full = resource === 'pods' ? resource : `${resource}.aadpodidentity.k8s.io`;
    this.simulator.kubernetes.objects.delete(full, { namespace: 'default', name });
  }

  /** An identity in Azure that MIC may assign, its AzureIdentity, and a binding for the label of the same name. */
  identity(name: string): void {
    const { id, clientId } = this.simulator.populate.identity({ name });
    this.simulator.populate.roleAssignment({
      principal: 'mic',
      role: 'Managed Identity Operator',
      scope: name,
    });
    this.create('azureidentities', name, { spec: { type: 0, resourceID: id, clientID: clientId } });
    this.create('azureidentitybindings', name, { spec: { azureIdentity: name, selector: name } });
  }

  pod(name: string, label: string, nodeName: string): void {
    this.simulator.kubernetes.objects.create('pods', {
      metadata: { name, labels: { aadpodidbinding: label } },
      spec: { nodeName, containers: [{ name: 'c', image: 'example.invalid/app' }] },
    } as never);
  }

  /** `name status` of every AAI, in order. */
  get states(): string[] {
    const { items } = this.simulator.kubernetes.objects.list('azureassignedidentities.aadpodidentity.k8s.io');
    return items
      .map((item) => {
        const { metadata, status } = item as { metadata: { name?: string }; status?: { status?: string } };
        return `${metadata.name ?? ''} ${status?.status ?? 'none'}`;
      })
      .sort();
  }

  /** The PATCHes that Azure has seen. */
  get patches(): readonly { readonly status: number; readonly body?: string }[] {
    return this.simulator.requests.list('arm').filter(({ method }) => method === 'PATCH');
  }

  /** Who holds the lease; empty: nobody. */
  get leaseHolder(): unknown {
    const [lease] = this.simulator.kubernetes.objects.list('leases.coordination.k8s.io').items;
    return (lease as { spec?: { holderIdentity?: unknown } } | undefined)?.spec?.holderIdentity;
  }

  /** Names of the identities that a VM or scale set has, as its machines can use them. */
  attached(name: string): string[] {
    const found = this.simulator.azure.compute.list().find((resource) => resource.name === name);
    const ids = [...(found?.effectiveIdentity.userAssigned.keys() ?? [])];
    return ids.map((id) => id.split('/').pop() ?? '').sort();
  }

  /** `reason kind/name` of every event. */
  get events(): string[] {
    return this.simulator.kubernetes.objects.list('events').items.map((item) => {
      const { reason, involvedObject } = item as unknown as {
        reason: string;
        involvedObject: { kind: string; name: string };
      };
      return `${reason} ${involvedObject.kind}/${involvedObject.name}`;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((mic) => mic.stop()));
    await this.simulator[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
