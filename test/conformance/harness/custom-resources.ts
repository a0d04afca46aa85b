import { setTimeout as delay } from 'node:timers/promises';
import { shippedCrds } from '../../shipped-crds.js';
import { type Api } from './api.js';
import { custom } from './objects.js';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Sees to it that the project's own CRDs are served: a server that has them already keeps them. */
export async function installCustomResources(api: Api): Promise<void> {
  for (const definition of await shippedCrds()) {
    const answer = await api.post(definitions, definition);
    if (answer.status !== 201 && answer.status !== 409)
      throw new Error(`a CRD was refused: ${answer.status} ${answer.text}`);
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
