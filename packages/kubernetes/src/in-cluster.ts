/**
 * Access from inside a pod, by its service account.
 *
 * @module
 */
import type { ApiServerAccess } from './api-server-access.js';
import { KubernetesError } from './kubernetes-error.js';

const directory = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether the environment is that of a pod. */
export function isInCluster(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '';
}

/**
 * The API server and service account that a pod's environment names. The files are read when they are needed.
 *
 * @throws KubernetesError `configuration` where the environment is not that of a pod
 */
export function inClusterAccess(env: Readonly<Record<string, string | undefined>>): ApiServerAccess {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT_HTTPS'] ?? env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const address = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (host === '' || !URL.canParse(address)) {
    throw new KubernetesError(
      'configuration',
      `KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT give no address (${host}:${port})`,
    );
  }
  return {
    origin: "the pod's service account",
    server: new URL(address),
    ca: { file: `${directory}/ca.crt` },
    token: { file: `${directory}/token` },
    insecure: false,
  };
}
