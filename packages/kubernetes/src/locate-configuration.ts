/**
 * Where the configuration of a Kubernetes client is, in this order: a path given, `$KUBECONFIG`, the pod that this
 * runs in, `~/.kube/config`.
 *
 * @module
 */
import { delimiter, join } from 'node:path';
import { isInCluster } from './in-cluster.js';
import { KubernetesError } from './kubernetes-error.js';

/** Where it is. */
export type ConfigurationLocation =
  | { readonly kind: 'in-cluster' }
  | {
      readonly kind: 'kubeconfig';
      readonly files: readonly { readonly path: string; readonly text: string }[];
    };

/**
 * Finds it, and reads the kubeconfig files.
 *
 * @param kubeconfig - the path given by a flag; `undefined` or empty: none
 * @throws KubernetesError `configuration` where there is none, or it cannot be read
 */
export async function locateConfiguration(
  kubeconfig: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => Promise<string>,
): Promise<ConfigurationLocation> {
  if (kubeconfig !== undefined && kubeconfig !== '') {
    return { kind: 'kubeconfig', files: [{ path: kubeconfig, text: await readGiven(kubeconfig, readFile) }] };
  }
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) return { kind: 'kubeconfig', files: await readListed(listed, readFile) };
  if (isInCluster(env)) return { kind: 'in-cluster' };
  const path = join(env['HOME'] ?? '', '.kube', 'config');
  const text = await readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  });
  if (text !== undefined) return { kind: 'kubeconfig', files: [{ path, text }] };
  throw new KubernetesError(
    'configuration',
    `no API server is configured: give --kubeconfig FILE or set KUBECONFIG (this is not a pod, and ${path} does not exist)`,
  );
}

/** As kubectl does, files of the list that are not there are passed over, as long as one is. */
async function readListed(
  paths: readonly string[],
  readFile: (path: string) => Promise<string>,
): Promise<{ path: string; text: string }[]> {
  const files: { path: string; text: string }[] = [];
  let missing: KubernetesError | undefined;
  for (const path of paths) {
    try {
      files.push({ path, text: await readFile(path) });
    } catch (error) {
      if (!isMissing(error)) throw unreadable(path, error);
      missing = unreadable(path, error);
    }
  }
  if (missing !== undefined && files.length === 0) throw missing;
  return files;
}

async function readGiven(path: string, readFile: (path: string) => Promise<string>): Promise<string> {
  return readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function unreadable(path: string, error: unknown): KubernetesError {
  const why = isMissing(error)
    ? 'there is no such file'
    : error instanceof Error
      ? error.message
      : String(error);
  return new KubernetesError('configuration', `kubeconfig ${path}: cannot be read: ${why}`, { cause: error });
}
