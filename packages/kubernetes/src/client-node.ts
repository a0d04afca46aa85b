/**
 * The same {@link Connection} over `@kubernetes/client-node`'s configuration, for its kinds of authentication that the
 * lean one lacks (exec plugins, OIDC, …). Costs the memory of that package: import it only where they are needed.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Connection } from './connection.js';

/** Where to look, and with what. */
export interface ClientNodeConnectionOptions {
  /** The path of a kubeconfig file; `undefined` or empty: `$KUBECONFIG`, the pod's service account, `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Sent with each request, such as `aad-pod-identity-mic/0.1.0`. */
  readonly userAgent: string;
}

/**
 * Connects as `loadConnection` does, with every kind of authentication of `@kubernetes/client-node`.
 *
 * @throws KubernetesError `configuration`
 */
export function clientNodeConnection(options: ClientNodeConnectionOptions): Promise<Connection> {
  void options;
  throw new Error('being written');
}
