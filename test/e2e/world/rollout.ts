import { eventually } from '../../eventually.js';
import type { Cluster } from './cluster.js';
import type { Installation } from './installation.js';

interface Workload {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
  };
}

/** Resolves when both workloads run what they are to run, everywhere, and are ready; `kubectl rollout status`. */
export async function rolledOut(
  cluster: Cluster,
  { namespace, mic, nmi }: Pick<Installation, 'namespace' | 'mic' | 'nmi'>,
): Promise<void> {
  const waiting = { withinMs: 180_000 };
  const deployment = (await cluster.get('Deployment', { namespace, name: mic })) !== undefined;
  if (deployment)
    await eventually(
      `Deployment ${mic} to be rolled out`,
      () => deploymentReady(cluster, namespace, mic),
      waiting,
    );
  await eventually(
    `DaemonSet ${nmi} to be rolled out`,
    () => daemonSetReady(cluster, namespace, nmi),
    waiting,
  );
}

async function deploymentReady(cluster: Cluster, namespace: string, name: string): Promise<boolean> {
  const found = await cluster.get<Workload>('Deployment', { namespace, name });
  if (found === undefined) return false;
  const { metadata, spec, status = {} } = found;
  const wanted = spec.replicas ?? 1;
  return (
    status.observedGeneration === metadata.generation &&
    (status.replicas ?? 0) === wanted &&
    (status.updatedReplicas ?? 0) === wanted &&
    (status.readyReplicas ?? 0) === wanted
  );
}

async function daemonSetReady(cluster: Cluster, namespace: string, name: string): Promise<boolean> {
  const found = await cluster.get<Workload>('DaemonSet', { namespace, name });
  if (found === undefined) return false;
  const { metadata, status = {} } = found;
  const wanted = status.desiredNumberScheduled ?? 0;
  return (
    status.observedGeneration === metadata.generation &&
    wanted > 0 &&
    status.updatedNumberScheduled === wanted &&
    status.numberReady === wanted
  );
}
