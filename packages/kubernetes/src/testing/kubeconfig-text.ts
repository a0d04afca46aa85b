/** Kubeconfig files for tests. */
import { stringify } from 'yaml';

export function kubeconfigText(cluster: object, user: object = {}, more: object = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'k', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    ...more,
  });
}

/** A `readFile` over a map; the map may change at any time. */
export function readFrom(files: ReadonlyMap<string, string>): (path: string) => Promise<string> {
  return async (path) => {
    const text = files.get(path);
    if (text !== undefined) return text;
    throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' });
  };
}
