import {
  isKubernetesError,
  loadConnection,
  type Connection,
  type LoadConnectionOptions,
} from '@aad-pod-identity/kubernetes';

/**
 * Connects to the API server: by the lean connection where it can (in a pod it always can), else by the stock client's
 * configuration, which costs tens of megabytes and knows every kind of kubeconfig.
 *
 * @throws KubernetesError `configuration`, one line that names the file, what is wrong with it and what to do
 */
export async function connect(options: LoadConnectionOptions): Promise<Connection> {
  try {
    return await loadConnection(options);
  } catch (error) {
    if (!isKubernetesError(error, 'unsupported')) throw error;
  }
  const { clientNodeConnection } = await import('@aad-pod-identity/kubernetes/client-node');
  return clientNodeConnection(options);
}
