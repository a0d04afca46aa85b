import {
  ResourceClient,
  isKubernetesError,
  type Connection,
  type ObjectName,
  type RequestOptions,
  type Resource,
} from '@aad-pod-identity/kubernetes';

const scales: Resource<undefined> = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Scale',
  namespaced: true,
  decode: () => ({ ok: true, value: undefined }),
};

/**
 * Scales a Deployment to 0. Its pods go on for as long as they need to stop.
 *
 * @returns false where there is none
 * @throws KubernetesError where it may not be scaled
 */
export async function stopDeployment(
  connection: Connection,
  deployment: ObjectName,
  options: RequestOptions,
): Promise<boolean> {
  try {
    const client = new ResourceClient(connection, scales);
    await client.mergePatchScale(deployment, { spec: { replicas: 0 } }, options);
    return true;
  } catch (error) {
    if (isKubernetesError(error, 'not-found')) return false;
    throw error;
  }
}
