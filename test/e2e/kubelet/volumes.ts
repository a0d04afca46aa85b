/**
 * The volumes of a pod as folders of this machine.
 *
 * @module
 */
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Cluster } from '../world/cluster.js';
import { keyedData } from './keyed-data.js';
import { fieldOf, type Pod, type PodFacts, type Projection, type Volume } from './pod.js';

/** Where volumes come from. */
export interface VolumeSources {
  readonly cluster: Cluster;
  readonly pod: Pod;
  readonly facts: PodFacts;
  /** The folder of this pod's volumes. */
  readonly folder: string;
  /** The folder that is the node's file system. */
  readonly nodeFiles: string;
}

/** Makes every volume; gives the path of each by its name. */
export async function makeVolumes(sources: VolumeSources): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  for (const volume of sources.pod.spec.volumes ?? [])
    paths.set(volume.name, await makeVolume(sources, volume));
  return paths;
}

async function makeVolume(sources: VolumeSources, volume: Volume): Promise<string> {
  if (volume.hostPath !== undefined) return hostPath(sources, volume.hostPath);
  const folder = join(sources.folder, volume.name);
  await mkdir(folder, { recursive: true });
  const { secret, configMap, projected, downwardAPI } = volume;
  if (volume.emptyDir !== undefined) await chmod(folder, 0o777);
  else if (secret !== undefined)
    await project(sources, folder, { secret: { ...secret, name: secret.secretName } });
  else if (configMap !== undefined) await project(sources, folder, { configMap });
  else if (downwardAPI !== undefined) await project(sources, folder, { downwardAPI });
  else if (projected !== undefined) {
    for (const source of projected.sources ?? []) await project(sources, folder, source);
  } else throw new Error(`the kubelet of the tests does not know the kind of volume ${volume.name}`);
  return folder;
}

async function hostPath(
  { nodeFiles }: VolumeSources,
  { path, type = '' }: { readonly path: string; readonly type?: string },
): Promise<string> {
  const found = join(nodeFiles, path);
  const is = await stat(found).catch(() => undefined);
  if (is !== undefined) {
    const wantsFolder = type.startsWith('Directory');
    if (wantsFolder !== is.isDirectory() && type !== '')
      throw new Error(`hostPath type check failed: ${path} is not a ${type}`);
    return found;
  }
  if (type === 'FileOrCreate') {
    await mkdir(dirname(found), { recursive: true });
    await writeFile(found, '');
    return found;
  }
  if (type !== '' && type !== 'DirectoryOrCreate')
    throw new Error(`hostPath type check failed: there is no ${path}`);
  // As container runtimes do where no type is given.
  await mkdir(found, { recursive: true });
  return found;
}

async function project(sources: VolumeSources, folder: string, source: Projection): Promise<void> {
  const { cluster, pod, facts } = sources;
  const { namespace, name, uid } = pod.metadata;
  const { serviceAccountToken, downwardAPI } = source;
  if (serviceAccountToken !== undefined) {
    const { path, audience, expirationSeconds = 3600 } = serviceAccountToken;
    const account = pod.spec.serviceAccountName ?? 'default';
    const answer = await cluster.post<{ status: { token: string } }>(
      'ServiceAccount',
      { namespace, name: account },
      '/token',
      {
        spec: {
          audiences: audience === undefined ? [] : [audience],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    );
    await write(folder, path, answer.status.token);
  }
  for (const item of downwardAPI?.items ?? []) {
    if (item.fieldRef !== undefined) await write(folder, item.path, fieldOf(pod, facts, item.fieldRef));
  }
  for (const [kind, reference] of [
    ['Secret', source.secret],
    ['ConfigMap', source.configMap],
  ] as const) {
    if (reference === undefined) continue;
    const data = await keyedData(cluster, kind, {
      namespace,
      name: reference.name,
      optional: reference.optional,
    });
    const items = reference.items ?? [...(data?.keys() ?? [])].map((key) => ({ key, path: key }));
    for (const { key, path } of items) {
      const value = data?.get(key);
      if (value !== undefined) await write(folder, path, value);
      else if (reference.optional !== true) throw new Error(`${kind} ${reference.name} has no key ${key}`);
    }
  }
}

async function write(folder: string, path: string, value: string | Buffer): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, value);
}
