/**
 * Reads from the node what the checks before start need.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeNetworkFacts } from './kubenet.js';

const cniFolder = '/etc/cni/net.d';
const interfaceFolder = '/sys/class/net';
const ipv4Settings = '/proc/sys/net/ipv4/conf';

/** Reads what tells kubenet; whatever is missing or unreadable is left out. */
export async function readNetworkFacts(kubeletConfigPath: string): Promise<NodeNetworkFacts> {
  const [kubeletConfig, interfaces, cniFiles] = await Promise.all([
    readText(kubeletConfigPath),
    namesIn(interfaceFolder),
    namesIn(cniFolder),
  ]);
  const texts = await Promise.all(cniFiles.map((name) => readText(join(cniFolder, name))));
  return {
    ...(kubeletConfig === undefined ? {} : { kubeletConfig }),
    interfaces,
    cniConfigurations: texts.filter((text) => text !== undefined),
  };
}

/**
 * Whether the kernel lets any interface route packets to 127.0.0.0/8, without which a redirection to a loopback
 * address drops them. `undefined` where that cannot be read.
 */
export async function routesLocalnet(): Promise<boolean | undefined> {
  const names = await namesIn(ipv4Settings);
  if (names.length === 0) return undefined;
  const values = await Promise.all(names.map((name) => readText(join(ipv4Settings, name, 'route_localnet'))));
  return values.some((value) => value?.trim() === '1');
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
