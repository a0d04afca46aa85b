/**
 * The simulated Azure, on the machine in the middle: ARM, Entra and an IMDS for each node.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  azureJson,
  defaultServicePrincipal,
  startSimulator,
  type Machine,
  type SeenRequest,
  type Simulator,
  type UserAssignedIdentity,
} from '@aad-pod-identity/simulator';
import { eventually } from '../../eventually.js';
import { coreAddress } from './network.js';

/** Where programs find the files of the simulated Azure, on nodes and in containers. */
export const azurePaths = {
  environment: '/etc/kubernetes/azure-environment.json',
  certificate: '/etc/ssl/certs/simulated-azure.pem',
  cloudConfig: '/etc/kubernetes/azure.json',
} as const;

const entraPort = 8444;
/** Entra, as an AzureIdentity names it. */
export const loginEndpoint = `https://${coreAddress}:${entraPort}/`;

/** The scale set that the first nodes are instances of. */
export const poolName = 'pool';

/** Azure, and what tests do to it. */
export class SimulatedAzure implements AsyncDisposable {
  readonly simulator: Simulator;
  /** The folder with files for nodes and containers. */
  readonly folder: string;

  private constructor(simulator: Simulator, folder: string) {
    this.simulator = simulator;
    this.folder = folder;
  }

  /** Starts with a scale set of this many machines. MIC has the role to change machines. */
  static async start(folder: string, machines: number): Promise<SimulatedAzure> {
    const { clientId, secret } = defaultServicePrincipal;
    const simulator = await startSimulator({
      seed: 'e2e',
      addresses: { host: coreAddress, ports: { entra: entraPort } },
      // Times shorter than Azure's own, in the same order; limits are Azure's own.
      latencies: { virtualMachineUpdate: 500, scaleSetUpdate: 1000 },
      world: {
        applications: [{ name: 'mic', clientId, secrets: [secret] }],
        scaleSets: [{ name: poolName, instances: machines }],
        roleAssignments: [{ principal: 'mic', role: 'Virtual Machine Contributor' }],
      },
    });
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'azure.json'),
      JSON.stringify(azureJson(simulator, defaultServicePrincipal)),
    );
    await writeFile(join(folder, 'azure-environment.json'), JSON.stringify(simulator.azureEnvironment));
    await writeFile(join(folder, 'ca.pem'), simulator.caCertificate);
    return new SimulatedAzure(simulator, folder);
  }

  /** The machines of a scale set or virtual machine. */
  machines(name: string): readonly Machine[] {
    const resource = this.simulator.azure.compute.list().find((one) => one.name === name);
    if (resource === undefined) throw new Error(`there is no ${name} in Azure`);
    const { compute } = this.simulator.azure;
    const ids =
      resource.kind === 'scaleSet'
        ? [...resource.instances.keys()].map((instance) => `${resource.id}/virtualMachines/${instance}`)
        : [resource.id];
    return ids.map((id) => compute.machine(id)).filter((machine) => machine !== undefined);
  }

  /** The port on which the IMDS of a node listens in the middle. */
  imdsPort(node: string): number {
    const url = this.simulator.urls.imds[node];
    if (url === undefined) throw new Error(`there is no IMDS of ${node}`);
    return Number(new URL(url).port);
  }

  /** Creates an identity that MIC may attach. With `reads` it may read the resource group, so that it can list machines. */
  identity(name: string, { reads = false, operated = true } = {}): UserAssignedIdentity {
    const identity = this.simulator.populate.identity({ name });
    if (operated)
      this.simulator.populate.roleAssignment({
        principal: 'mic',
        role: 'Managed Identity Operator',
        scope: name,
      });
    if (reads) this.simulator.populate.roleAssignment({ principal: name, role: 'Reader' });
    return identity;
  }

  /** The names of the identities on a virtual machine or scale set, sorted. */
  attached(name: string): readonly string[] {
    const resource = this.simulator.azure.compute.list().find((one) => one.name === name);
    return this.simulator.azure
      .identitiesOn(resource?.id ?? '')
      .map((id) => id.split('/').at(-1) ?? '')
      .sort();
  }

  /** Attaches an identity to a virtual machine or scale set, as somebody else than MIC does; resolves when it is there. */
  async attach(name: string, identity: string): Promise<void> {
    const { azure } = this.simulator;
    const [resource] = azure.compute.list().filter((one) => one.name === name);
    const mic = azure.directory.list().find(({ displayName }) => displayName === 'mic');
    const [objectId = ''] = mic?.objectIds.values() ?? [];
    await eventually(`${name} to be free for an update`, () => {
      const answer = azure.arm(
        {
          method: 'PATCH',
          target: `${resource?.id ?? ''}?api-version=2024-11-01`,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            identity: { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } },
          }),
        },
        { clientId: mic?.clientId ?? '', objectId },
      );
      if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
      return true;
    });
    // IMDS knows it when the operation is over.
    await eventually(`${identity} to be on ${name}`, () =>
      [...(azure.compute.get(resource?.id ?? '')?.effectiveIdentity.userAssigned.values() ?? [])].some(
        ({ id }) => id.toLowerCase() === identity.toLowerCase(),
      ),
    );
  }

  /** The updates of machines whose path contains this. */
  computeUpdates(path: string): readonly SeenRequest[] {
    return this.simulator.requests
      .list('arm')
      .filter(
        ({ method, target }) => method === 'PATCH' && target.toLowerCase().includes(path.toLowerCase()),
      );
  }

  /** Requests for tokens that have reached the IMDS of any node. */
  tokenRequests(): readonly SeenRequest[] {
    return this.simulator.requests
      .list('imds')
      .filter(({ target }) => target.toLowerCase().includes('/metadata/identity/'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}
