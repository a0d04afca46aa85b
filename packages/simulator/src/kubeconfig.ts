/**
 * The kubeconfig of the simulated cluster's administrator.
 *
 * @module
 */
import { stringify } from 'yaml';

/** Writes it, as YAML. `caCertificate` is PEM. */
export function kubeconfig(server: string, caCertificate: string, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'simulator',
        cluster: { server, 'certificate-authority-data': Buffer.from(caCertificate).toString('base64') },
      },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'simulator', context: { cluster: 'simulator', user: 'admin' } }],
    'current-context': 'simulator',
  });
}
