import type { KubernetesRequest } from '@aad-pod-identity/kubernetes';
import type { KubernetesObject } from '@aad-pod-identity/simulator';
import type { Target } from '../world/api-server.js';
import type { WiredProcess } from '../world/wired-process.js';
import type { Scene } from './scene.js';

/** Events count how often something happens; the lease is renewed. */
const renewed = new Set(['events', 'leases.coordination.k8s.io']);
/** What every write changes, or what only tells when it was. */
const ofEachWrite = new Set(['resourceVersion', 'generation', 'managedFields', 'lastTransitionTime']);
const timeOfDay = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** A write says something that did not stand already. */
export class ChangeRules {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** The API server has accepted a write; how the object was, and how it is. */
  written(
    { name }: WiredProcess,
    { method, path }: KubernetesRequest,
    { resource }: Target,
    before: KubernetesObject | undefined,
    after: unknown,
  ): void {
    if (before === undefined || method === 'DELETE' || renewed.has(resource)) return;
    if (essenceOf(before) === essenceOf(after))
      this.#scene.report('what is written changes something', `${name} sends ${method} ${path}`);
  }
}

function essenceOf(object: unknown): string {
  return JSON.stringify(object, (key, value: unknown) => {
    if (ofEachWrite.has(key)) return undefined;
    return key === 'message' && typeof value === 'string' ? value.replaceAll(timeOfDay, '') : value;
  });
}
