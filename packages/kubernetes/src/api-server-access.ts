/**
 * How to reach one API server and who to be there: the outcome of reading a kubeconfig or a pod's environment.
 *
 * @module
 */

/** PEM text or a token, as it stands in the configuration or in a file that may be replaced at any time. */
export type Material = { readonly text: string } | { readonly file: string };

/** An API server and the credentials for it. */
export interface ApiServerAccess {
  /** Where this was found, for messages. */
  readonly origin: string;
  readonly server: URL;
  readonly ca?: Material | undefined;
  readonly cert?: Material | undefined;
  readonly key?: Material | undefined;
  readonly token?: Material | undefined;
  readonly basic?: { readonly username: string; readonly password: string } | undefined;
  readonly servername?: string | undefined;
  readonly insecure: boolean;
}
