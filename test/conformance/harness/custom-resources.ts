import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { type Api } from './api.js';
import { custom } from './objects.js';

const directory = new URL('../../../deploy/crds/', import.meta.url);
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Sees to it that the project's own CRDs are served: a server that has them already keeps them. */
export async function installCustomResources(api: Api): Promise<void> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.yaml'));
  if (files.length === 0) throw new Error(`no CRD in ${directory.pathname}`);
  for (const file of files) {
    for (const document of parseAllDocuments(await readFile(new URL(file, directory), 'utf8'))) {
      const answer = await api.post(definitions, document.toJS());
      if (answer.status !== 201 && answer.status !== 409)
        throw new Error(`${file}: ${answer.status} ${answer.text}`);
    }
  }
  for (const plural of [
    'azureidentities',
    'azureidentitybindings',
    'azureassignedidentities',
    'azurepodidentityexceptions',
  ] as const) {
    await served(api, custom(plural));
  }
}

/** A server takes a moment to serve a new CRD. */
async function served(api: Api, path: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await api.get(path);
    if (answer.status === 200) return;
    if (performance.now() > deadline)
      throw new Error(`${path} is not served: ${answer.status} ${answer.text}`);
    await delay(50);
  }
}
