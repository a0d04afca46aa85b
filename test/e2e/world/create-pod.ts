import { eventually } from '../../eventually.js';
import type { Cluster } from './cluster.js';
import { pod, type PodShape } from './identities.js';

/** Creates a pod; in a new namespace the service account that it runs under may not be there yet. */
export async function createPod(cluster: Cluster, shape: PodShape): Promise<void> {
  const { namespace, name } = shape;
  await eventually(`a service account for pod ${namespace}/${name}`, () =>
    cluster.get('ServiceAccount', { namespace, name: 'default' }),
  );
  await cluster.create(pod(shape));
}
