/**
 * Starts the whole simulator.
 *
 * @module
 */
import { AdjustableClock } from './adjustable-clock.js';
import { serveAdmin } from './admin/admin-server.js';
import { realComputeLimits } from './azure/arm/compute-limits.js';
import { Azure } from './azure/azure.js';
import { AzureListeners } from './azure/azure-listeners.js';
import { TokenIssuer } from './azure/entra/token-issuer.js';
import { realImdsLimits } from './azure/imds/imds-service.js';
import { Populator } from './azure/populate.js';
import { createCertificateAuthority } from './certificate-authority.js';
import { azureStackEnvironment } from './environment-files.js';
import { Faults } from './faults.js';
import { RequestLog } from './http/request-log.js';
import { kubeconfig } from './kubeconfig.js';
import { listenKubernetes } from './kubernetes-listener.js';
import { Machines } from './machines.js';
import { loopbackAddresses } from './nodes/address-pool.js';
import { Nodes } from './nodes/nodes.js';
import { writePrivateFile } from './private-file.js';
import { createRandom } from './random.js';
import type { Simulator } from './simulator.js';
import type { Latencies, SimulatorOptions } from './simulator-options.js';

const defaultLatencies: Latencies = {
  kubernetes: 0,
  arm: 0,
  entra: 0,
  imds: 0,
  virtualMachineUpdate: 500,
  scaleSetUpdate: 1000,
  podStart: 0,
  podTermination: 100,
};

/**
 * Starts a simulator on loopback and resolves when everything listens and the seeded world is there. Rejects, with
 * nothing left open, where an address cannot be had or the seed makes no sense.
 *
 * @example
 * await using simulator = await startSimulator({ world: { virtualMachines: [{ name: 'vm-1' }] } });
 * await simulator.writeKubeconfig('/tmp/kubeconfig');
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const closers: Closer[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    const simulator = await assemble(options, closers, close);
    await createWorld(simulator, options);
    return simulator;
  } catch (error) {
    await close();
    throw error;
  }
}

/** Closes one thing; what was opened last is closed first. */
type Closer = () => void | Promise<void>;

async function assemble(
  options: SimulatorOptions,
  closers: Closer[],
  close: () => Promise<void>,
): Promise<Simulator> {
  const random = createRandom(options.seed ?? 'simulator');
  const clock = options.clock ?? ownClock(closers);
  const {
    host = '127.0.0.1',
    certificateHosts = [],
    ports = {},
    imds,
    podAddresses,
  } = options.addresses ?? {};
  const publicHost = options.addresses?.publicHost ?? host;
  const latencies: Latencies = { ...defaultLatencies, ...options.latencies };
  const limits = options.limits ?? {};
  const faults = new Faults();
  const requests = new RequestLog();
  const authority = await createCertificateAuthority(clock.now());
  const tls = await authority.issue([
    ...new Set(['127.0.0.1', 'localhost', host, publicHost, ...certificateHosts]),
  ]);
  const issuer = await TokenIssuer.create(random.fork('issuer'));

  const azure = new Azure({
    clock,
    random: random.fork('azure'),
    tenantId: options.tenantId ?? random.fork('tenant').uuid(),
    subscriptionId: options.subscriptionId ?? '11111111-2222-3333-4444-555555555555',
    durations: {
      get virtualMachine() {
        return latencies.virtualMachineUpdate;
      },
      get scaleSet() {
        return latencies.scaleSetUpdate;
      },
    },
    computeLimits: limits.compute === 'off' ? undefined : (limits.compute ?? realComputeLimits),
    pageSize: options.pageSize ?? 50,
  });
  const { resourceGroup = 'simulator', location = 'westeurope' } = options;
  const populator = new Populator(azure, { resourceGroup, location });

  const listeners = new AzureListeners({
    azure,
    issuer,
    clock,
    random: random.fork('listeners'),
    faults,
    log: requests,
    tls,
    host,
    publicHost,
    ports: { arm: ports.arm ?? 0, entra: ports.entra ?? 0 },
    latencies,
    imdsLimits: limits.imds === 'off' ? undefined : (limits.imds ?? realImdsLimits),
    tokenLifetimes: {
      application: options.tokenLifetimes?.application ?? 3600,
      managedIdentity: options.tokenLifetimes?.managedIdentity ?? 86_400,
    },
  });
  closers.push(async () => listeners.close());
  await listeners.open();

  const adminToken = random.fork('admin').hex(24);
  const { api, listener } = await listenKubernetes({
    clock,
    random: random.fork('kubernetes'),
    faults,
    tls,
    host,
    publicHost,
    port: ports.kubernetes ?? 0,
    adminToken,
    latency: () => latencies.kubernetes,
  });
  closers.push(async () => {
    api.close();
    await listener.close();
  });
  azure.federatedIssuers.set(listener.url, () => ({ keys: [...api.jwks().keys] }));

  const nodes = new Nodes({
    cluster: api,
    clock,
    podAddresses: podAddresses ?? loopbackAddresses(),
    start: () => latencies.podStart,
    termination: () => latencies.podTermination,
  });
  closers.push(() => nodes.stop());
  nodes.start();
  const machines = new Machines({
    compute: azure.compute,
    populator,
    listeners,
    nodes,
    imdsAddress: imds ?? (() => ({ host, port: 0 })),
  });

  const config = kubeconfig(listener.url, authority.certificate, adminToken);
  let adminUrl = '';
  const simulator: Simulator = {
    get urls() {
      const { armUrl: arm, entraUrl: entra } = listeners;
      return { kubernetes: listener.url, arm, entra, admin: adminUrl, imds: listeners.imdsUrls() };
    },
    tenantId: azure.tenantId,
    subscriptionId: azure.subscriptionId,
    resourceGroup,
    location,
    caCertificate: authority.certificate,
    kubeconfig: config,
    writeKubeconfig: async (file) => writePrivateFile(file, config),
    azureEnvironment: azureStackEnvironment({ arm: listeners.armUrl, entra: listeners.entraUrl }),
    azure,
    populate: populator,
    machines,
    kubernetes: api,
    nodes,
    faults,
    requests,
    latencies,
    clock,
    [Symbol.asyncDispose]: close,
  };
  const admin = await serveAdmin(simulator, { host: '127.0.0.1', port: ports.admin ?? 0 });
  closers.push(async () => admin.close());
  adminUrl = admin.url;
  return simulator;
}

async function createWorld(simulator: Simulator, options: SimulatorOptions): Promise<void> {
  const { world = {}, customResourceDefinitions = [] } = options;
  for (const definition of customResourceDefinitions) {
    simulator.kubernetes.objects.create('customresourcedefinitions.apiextensions.k8s.io', definition);
  }
  for (const seed of world.identities ?? []) simulator.populate.identity(seed);
  for (const seed of world.applications ?? []) simulator.populate.application(seed);
  for (const seed of world.virtualMachines ?? []) await simulator.machines.addVirtualMachine(seed);
  for (const seed of world.scaleSets ?? []) await simulator.machines.addScaleSet(seed);
  for (const seed of world.roleAssignments ?? []) simulator.populate.roleAssignment(seed);
}

function ownClock(closers: Closer[]): AdjustableClock {
  const clock = new AdjustableClock();
  closers.push(() => clock.stop());
  return clock;
}
