/**
 * Kubeconfig files: several merged into one, and the access that the current context gives.
 *
 * @module
 */
import { isRecord } from '@aad-pod-identity/core';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { ApiServerAccess, Material } from './api-server-access.js';
import { KubernetesError } from './kubernetes-error.js';

type Fields = Readonly<Record<string, unknown>>;

/** One named entry, and the file in which it stands. */
export interface KubeconfigEntry {
  readonly file: string;
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The content of one or several kubeconfig files, not yet checked beyond its outline. */
export interface Kubeconfig {
  /** The path, or the paths joined, for messages. */
  readonly file: string;
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, KubeconfigEntry>;
  readonly clusters: ReadonlyMap<string, KubeconfigEntry>;
  readonly users: ReadonlyMap<string, KubeconfigEntry>;
}

/**
 * Parses the text of one kubeconfig file.
 *
 * @throws KubernetesError `configuration` where it is not one
 */
export function parseKubeconfig(file: string, text: string): Kubeconfig {
  let document: unknown;
  try {
    document = parse(text, { logLevel: 'error' });
  } catch (error) {
    const line =
      isRecord(error) && Array.isArray(error['linePos']) && isRecord(error['linePos'][0])
        ? error['linePos'][0]['line']
        : undefined;
    // The parser's own message quotes the lines around, which may hold a token.
    throw broken(file, `not YAML${typeof line === 'number' ? ` (line ${line})` : ''}`);
  }
  if (!isRecord(document) || !Array.isArray(document['clusters'])) {
    throw broken(file, 'not a kubeconfig: it has no list of clusters');
  }
  return {
    file,
    currentContext: optionalString(document['current-context']),
    contexts: named(file, document, 'contexts', 'context'),
    clusters: named(file, document, 'clusters', 'cluster'),
    users: named(file, document, 'users', 'user'),
  };
}

/** Merges files in the order of `$KUBECONFIG`: what an earlier one says wins. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const merge = (part: 'contexts' | 'clusters' | 'users'): Map<string, KubeconfigEntry> =>
    new Map(configs.toReversed().flatMap((config) => [...config[part]]));
  return {
    file: configs.map(({ file }) => file).join(':'),
    currentContext: configs.find(({ currentContext }) => currentContext !== undefined)?.currentContext,
    contexts: merge('contexts'),
    clusters: merge('clusters'),
    users: merge('users'),
  };
}

/** What the current context leads to. */
export interface CurrentEntries {
  readonly cluster: KubeconfigEntry;
  /** Its fields are empty where the context names none. */
  readonly user: KubeconfigEntry;
  readonly server: URL;
}

/**
 * The cluster and the user that the current context names.
 *
 * @throws KubernetesError `configuration`: a name that leads nowhere, or a server that is no address
 */
export function currentEntries(config: Kubeconfig): CurrentEntries {
  const name = config.currentContext;
  if (name === undefined) {
    throw broken(config.file, 'it has no current-context: set one with "kubectl config use-context NAME"');
  }
  const context = entry(config, 'contexts', name, 'current-context');
  const clusterName = optionalString(context.fields['cluster']) ?? '';
  const cluster = entry(config, 'clusters', clusterName, `context "${name}"`);
  const userName = optionalString(context.fields['user']);
  const user =
    userName === undefined
      ? { file: context.file, name: '', fields: {} }
      : entry(config, 'users', userName, `context "${name}"`);
  return { cluster, user, server: serverUrl(config.file, cluster.fields['server']) };
}

/**
 * The access that the current context gives.
 *
 * @throws KubernetesError `configuration`: what {@link currentEntries} throws; `unsupported`: a setting that would
 * otherwise be ignored
 */
export function kubeconfigAccess(config: Kubeconfig): ApiServerAccess {
  const { cluster, user, server } = currentEntries(config);
  refuseUnsupported(config.file, cluster.fields, user);
  const username = optionalString(user.fields['username']);
  return {
    origin: config.file,
    server,
    ca: material(cluster, 'certificate-authority'),
    cert: material(user, 'client-certificate'),
    key: material(user, 'client-key'),
    token: tokenMaterial(user),
    basic:
      username === undefined
        ? undefined
        : { username, password: optionalString(user.fields['password']) ?? '' },
    servername: optionalString(cluster.fields['tls-server-name']),
    insecure: cluster.fields['insecure-skip-tls-verify'] === true,
  };
}

/** What would otherwise be ignored silently, and give wrong rights or no connection. */
function refuseUnsupported(file: string, cluster: Fields, user: KubeconfigEntry): void {
  for (const field of ['exec', 'auth-provider', 'as', 'as-uid', 'as-groups', 'as-user-extra']) {
    if (user.fields[field] === undefined) continue;
    throw unsupported(
      file,
      `user "${user.name}" authenticates by "${field}", which only the program mic supports: ` +
        'use a token, a token file or a client certificate',
    );
  }
  if (optionalString(cluster['proxy-url']) !== undefined) {
    throw unsupported(
      file,
      'its cluster has a "proxy-url", which only the program mic supports: use a direct address',
    );
  }
}

/** `<field>-data` (base64) wins over the file named by `<field>`, as in kubectl. */
function material(from: KubeconfigEntry, field: string): Material | undefined {
  const data = optionalString(from.fields[`${field}-data`]);
  if (data !== undefined) return { text: Buffer.from(data, 'base64').toString('utf8') };
  const path = optionalString(from.fields[field]);
  return path === undefined ? undefined : { file: resolve(dirname(from.file), path) };
}

/** The absolute path of a user's token file, where it has one. */
export function tokenFile(user: KubeconfigEntry): string | undefined {
  const path = optionalString(user.fields['tokenFile']);
  return path === undefined ? undefined : resolve(dirname(user.file), path);
}

/** A token file wins over a token beside it, because it is the one that is renewed. */
function tokenMaterial(user: KubeconfigEntry): Material | undefined {
  const file = tokenFile(user);
  if (file !== undefined) return { file };
  const text = optionalString(user.fields['token']);
  return text === undefined ? undefined : { text };
}

function serverUrl(file: string, value: unknown): URL {
  const text = optionalString(value) ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw broken(
      file,
      `its cluster has no usable "server" (${text === '' ? 'missing' : text}): write https://HOST:PORT`,
    );
  }
  return url;
}

function entry(
  config: Kubeconfig,
  part: 'contexts' | 'clusters' | 'users',
  name: string,
  by: string,
): KubeconfigEntry {
  const found = config[part].get(name);
  if (found === undefined) throw broken(config.file, `${by} names "${name}", which is not among its ${part}`);
  return found;
}

function named(file: string, document: Fields, part: string, field: string): Map<string, KubeconfigEntry> {
  const list = document[part] ?? [];
  if (!Array.isArray(list)) throw broken(file, `"${part}" is not a list`);
  const entries = new Map<string, KubeconfigEntry>();
  for (const item of list as unknown[]) {
    if (!isRecord(item) || typeof item['name'] !== 'string')
      throw broken(file, `an entry of "${part}" has no name`);
    const fields = item[field] ?? {};
    if (!isRecord(fields)) throw broken(file, `"${field}" of "${item['name']}" is not an object`);
    if (!entries.has(item['name'])) entries.set(item['name'], { file, name: item['name'], fields });
  }
  return entries;
}

function optionalString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function unsupported(file: string, problem: string): KubernetesError {
  return new KubernetesError('unsupported', `kubeconfig ${file}: ${problem}`);
}

function broken(file: string, problem: string): KubernetesError {
  return new KubernetesError('configuration', `kubeconfig ${file}: ${problem}`);
}
