/**
 * Everything that a scenario plays with.
 *
 * @module
 */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConnection } from '@aad-pod-identity/kubernetes';
import { systemClock } from '@aad-pod-identity/program';
import { startControlPlane, type ControlPlane } from '../../controlplane/control-plane.js';
import type { ImageSource } from '../kubelet/image.js';
import { auditPolicy } from './audit.js';
import { poolName, SimulatedAzure } from './azure.js';
import { Cluster } from './cluster.js';
import { HelmInstallation } from './helm-installation.js';
import type { Installation } from './installation.js';
import { kubectlOf, type Kubectl } from './kubectl.js';
import { coreAddress, openCore, serveApiServer } from './network.js';
import { Nodes } from './nodes.js';
import { rolledOut } from './rollout.js';

/** What a world is made from. */
export interface WorldOptions {
  /** A folder of its own; logs are in `logs`. */
  readonly folder: string;
  readonly images: ImageSource;
  /** Path of the program. */
  readonly helm: string;
}

const firstNodes = 3;

/** A time, in wall-clock milliseconds. */
interface Interval {
  readonly from: number;
  readonly to: number;
}

/** A cluster with three nodes, and Azure. */
export interface World extends AsyncDisposable {
  /** Where everything logs to. */
  readonly logs: string;
  readonly auditLog: string;
  readonly controlPlane: ControlPlane;
  /** When the API server was down, or up but not ready yet: then it refuses what it would allow. Wall-clock milliseconds. */
  readonly apiServerAway: readonly Interval[];
  readonly cluster: Cluster;
  readonly azure: SimulatedAzure;
  readonly nodes: Nodes;
  readonly installation: HelmInstallation;
  readonly kubectl: Kubectl;
  /** Tests make folders of their own in it. */
  readonly folder: string;
  /** Adds arguments to MIC and NMI, as `kubectl edit` does; resolves when all of it is ready again. */
  readonly addArguments: (...args: readonly string[]) => Promise<void>;
}

/** Makes it; nothing is installed yet. */
export async function createWorld({ folder, images, helm }: WorldOptions): Promise<World> {
  const apiServerAway: { from: number; to: number }[] = [];
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  const use = <T extends AsyncDisposable>(opened: T): T => {
    closers.push(async () => opened[Symbol.asyncDispose]());
    return opened;
  };
  try {
    const logs = join(folder, 'logs');
    await mkdir(logs, { recursive: true });
    const auditLog = join(logs, 'audit.log');
    const policy = join(folder, 'audit-policy.json');
    await writeFile(policy, JSON.stringify(auditPolicy));
    await openCore();
    const controlPlane = use(
      await startControlPlane({
        address: coreAddress,
        controllerManager: true,
        scheduler: true,
        apiserverFlags: `--audit-policy-file=${policy} --audit-log-path=${auditLog}`,
      }),
    );
    closers.push(() =>
      cp(join(controlPlane.directory, 'log'), join(logs, 'control-plane'), { recursive: true }),
    );
    await serveApiServer(Number(new URL(controlPlane.url).port));
    const connection = await loadConnection({
      kubeconfig: controlPlane.kubeconfig,
      env: {},
      clock: systemClock,
      userAgent: 'e2e',
    });
    closers.push(() => connection.close());
    const cluster = new Cluster(connection);
    const azure = use(await SimulatedAzure.start(join(folder, 'azure'), firstNodes));
    const nodes = use(new Nodes({ azure, cluster, images, folder: join(folder, 'nodes'), logs }));
    for (const machine of azure.machines(poolName)) await nodes.add(machine);
    const installation = new HelmInstallation({
      cluster,
      helm,
      kubeconfig: controlPlane.kubeconfig,
      folder: join(folder, 'helm'),
    });
    const addArguments = (...args: readonly string[]): Promise<void> => addTo(cluster, installation, args);
    return {
      logs,
      auditLog,
      controlPlane: noting(controlPlane, apiServerAway),
      apiServerAway,
      cluster,
      azure,
      nodes,
      installation,
      kubectl: kubectlOf(controlPlane.kubeconfig, join(folder, 'kubectl')),
      folder,
      addArguments,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same control plane, which notes when its API server is away. */
function noting(controlPlane: ControlPlane, away: { from: number; to: number }[]): ControlPlane {
  return {
    ...controlPlane,
    stopApiServer: async () => {
      away.push({ from: Date.now(), to: Infinity });
      await controlPlane.stopApiServer();
    },
    startApiServer: async () => {
      await controlPlane.startApiServer();
      const last = away.at(-1);
      if (last !== undefined) last.to = Date.now();
    },
  };
}

interface Workload {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] };
    };
  };
}

async function addTo(cluster: Cluster, installation: Installation, args: readonly string[]): Promise<void> {
  const { namespace, mic, nmi } = installation;
  for (const [kind, name] of [
    ['Deployment', mic],
    ['DaemonSet', nmi],
  ] as const) {
    const found = await cluster.get<Workload>(kind, { namespace, name });
    if (found === undefined) continue;
    const [container] = found.spec.template.spec.containers;
    const containers = [{ ...container, args: [...(container?.args ?? []), ...args] }];
    await cluster.patch(kind, { namespace, name }, { spec: { template: { spec: { containers } } } });
  }
  await rolledOut(cluster, installation);
}
