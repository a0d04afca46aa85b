/**
 * Finds the API server as every Kubernetes program does, and connects to it.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { Clock } from '@aad-pod-identity/core';
import type { ApiServerAccess } from './api-server-access.js';
import type { Connection } from './connection.js';
import { FileAccessSource } from './file-access-source.js';
import { protocolsOf } from './http-transport.js';
import { inClusterAccess } from './in-cluster.js';
import { locateConfiguration } from './locate-configuration.js';
import { PooledConnection } from './pooled-connection.js';

/** Where to look, and with what. */
export interface LoadConnectionOptions {
  /** The path of a kubeconfig file, as `--kubeconfig` gives it; `undefined` or empty: look further. */
  readonly kubeconfig?: string | undefined;
  /**
   * The environment: `KUBECONFIG`, `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`, `HOME` are read; and
   * `DISABLE_HTTP2`, which with anything in it has HTTP/1.1 spoken where the server would speak HTTP/2.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Sent with each request, such as `aad-pod-identity-nmi/0.1.0`. */
  readonly userAgent: string;
  /** Reads a file as text. @default the file system */
  readonly readFile?: (path: string) => Promise<string>;
}

/**
 * Connects by the first of: `kubeconfig`, `$KUBECONFIG`, the service account of the pod this runs in,
 * `~/.kube/config`. No request is sent yet; files with credentials are read once, to find out that they can be.
 *
 * @throws KubernetesError `configuration`, one line that names the file, what is wrong with it and what to do;
 * `unsupported`, the same for what only `clientNodeConnection` supports.
 */
export async function loadConnection(options: LoadConnectionOptions): Promise<Connection> {
  const read = options.readFile ?? ((path) => readFile(path, 'utf8'));
  const located = await locateConfiguration(options.kubeconfig, options.env, read);
  const access =
    located.kind === 'in-cluster' ? inClusterAccess(options.env) : await accessOfFiles(located.files);
  const source = new FileAccessSource(access, protocolsOf(options.env), options.clock, read);
  await source.access();
  return new PooledConnection({ source, clock: options.clock, userAgent: options.userAgent });
}

/** The reader of kubeconfigs, and of YAML, is loaded only where there is one: in a cluster there is none. */
async function accessOfFiles(
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<ApiServerAccess> {
  const { kubeconfigAccess, mergeKubeconfigs, parseKubeconfig } = await import('./kubeconfig.js');
  return kubeconfigAccess(mergeKubeconfigs(files.map(({ path, text }) => parseKubeconfig(path, text))));
}
