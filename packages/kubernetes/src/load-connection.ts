/**
 * Finds the API server as every Kubernetes program does, and connects to it.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Connection } from './connection.js';

/** Where to look, and with what. */
export interface LoadConnectionOptions {
  /** The path of a kubeconfig file, as `--kubeconfig` gives it; `undefined` or empty: look further. */
  readonly kubeconfig?: string | undefined;
  /** The environment: `KUBECONFIG`, `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`, `HOME` are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Sent with each request, such as `aad-pod-identity-nmi/0.1.0`. */
  readonly userAgent: string;
  /** Reads a file as text. @default the file system */
  readonly readFile?: (path: string) => Promise<string>;
}

/**
 * Connects by the first of: `kubeconfig`, `$KUBECONFIG`, the service account of the pod this runs in,
 * `~/.kube/config`. No request is sent yet.
 *
 * @throws KubernetesError `configuration`, one line that names the file, what is wrong with it and what to do.
 */
export function loadConnection(options: LoadConnectionOptions): Promise<Connection> {
  void options;
  throw new Error('being written');
}
