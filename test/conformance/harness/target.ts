/** A Kubernetes API server under test: where it is, who we are, and the two things no API call can do. */
export interface Target extends AsyncDisposable {
  /** Appears in test names. */
  name: string;
  /** Origin, such as `https://127.0.0.1:6443`. */
  url: string;
  /** PEM of the authority that signed the server's certificate; absent for `http:`. */
  ca?: string;
  /** Credentials of a user who may do everything: a client certificate (PEM) or a bearer token. */
  credentials: { cert: string; key: string } | { token: string };
  /** Path of a kubeconfig with those credentials. */
  kubeconfig: string;
  /** Forgets the history before this moment: older resource versions and continue tokens expire. */
  compact: () => Promise<void>;
}
