/**
 * A `KubeConfig` of `@kubernetes/client-node` with what the current context leads to, found and checked as for the
 * lean connection.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { KubeConfig, type Cluster, type User } from '@kubernetes/client-node';
import {
  currentEntries,
  mergeKubeconfigs,
  parseKubeconfig,
  tokenFile,
  type KubeconfigEntry,
} from './kubeconfig.js';
import { KubernetesError } from './kubernetes-error.js';
import { locateConfiguration } from './locate-configuration.js';

/**
 * Loads it anew: files are read again, and what plugins gave before is forgotten.
 *
 * @throws KubernetesError `configuration`
 */
export async function loadKubeConfig(
  kubeconfig: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<KubeConfig> {
  const located = await locateConfiguration(kubeconfig, env, (path) => readFile(path, 'utf8'));
  const config = new KubeConfig();
  if (located.kind === 'in-cluster') {
    config.loadFromCluster();
    return config;
  }
  const merged = mergeKubeconfigs(located.files.map(({ path, text }) => parseKubeconfig(path, text)));
  const { cluster, user } = currentEntries(merged);
  config.loadFromClusterAndUser(clusterOf(cluster), userOf(user));
  return config;
}

/** Without TLS there is nothing to verify; the package refuses http:// unless it is told so. */
function clusterOf(entry: KubeconfigEntry): Cluster {
  const cluster = load(entry.file).getCluster(entry.name);
  if (cluster === null) throw unusable(entry.file, `cluster "${entry.name}" was not taken`);
  return cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster;
}

/** The package knows token files only in the form that it uses for service accounts itself. */
function userOf(entry: KubeconfigEntry): User {
  const user = load(entry.file).getUser(entry.name) ?? { name: entry.name };
  const file = tokenFile(entry);
  if (file === undefined) return user;
  const { token: _older, ...rest } = user;
  return { ...rest, authProvider: { name: 'tokenFile', config: { tokenFile: file } } };
}

function load(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw unusable(file, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
  return config;
}

function unusable(file: string, why: string): KubernetesError {
  return new KubernetesError('configuration', `kubeconfig ${file}: cannot be used: ${why}`);
}
