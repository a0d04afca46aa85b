import type { KubernetesObject } from '@aad-pod-identity/simulator';
import type { MicProcess } from '../world/mic-process.js';
import type { WiredProcess } from '../world/wired-process.js';
import { assignedResource } from './assigned.js';
import { nameOf } from './desired.js';
import type { Scene } from './scene.js';

const kinds = [
  assignedResource,
  'azureidentities.aadpodidentity.k8s.io',
  'azureidentitybindings.aadpodidentity.k8s.io',
  'nodes',
];

/** What stood in the cluster when a process took the lease: objects by name, for each kind. */
type Standing = ReadonlyMap<string, ReadonlyMap<string, KubernetesObject>>;

/** Who takes the lease knows what whoever had it before has done, and has acted on, before it writes anything. */
export class TakeoverRules {
  readonly #scene: Scene;
  readonly #standing = new Map<string, Standing>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** The process has the lease; before it, somebody else had. */
  taken(process: WiredProcess): void {
    const { objects } = this.#scene.world.api;
    this.#standing.set(
      process.name,
      new Map(
        kinds.map((kind) => [
          kind,
          new Map(objects.list(kind).items.map((object) => [nameOf(object), object])),
        ]),
      ),
    );
  }

  /** A process writes something. Only its first write after it has taken the lease is looked at. */
  writes(process: WiredProcess, what: string): void {
    const standing = this.#standing.get(process.name);
    this.#standing.delete(process.name);
    const { wire } = process as MicProcess;
    // Where the API server gives old lists, nobody can know.
    if (standing === undefined || wire.hasHadOldLists) return;
    for (const [kind, objects] of standing) {
      const known = wire.knowledge.of(kind);
      const newest = Math.max(0, ...[...objects.values()].map(versionOf));
      for (const [name, stood] of objects) {
        const object = known.get(name);
        const isOlder = object !== undefined && versionOf(object) < versionOf(stood);
        const isUnknown = object === undefined && this.#isThere(kind, stood);
        if (isOlder || isUnknown) return this.#report(process, what, `the ${kind} ${name} as it was`);
      }
      for (const [name, object] of known) {
        if (objects.has(name) || versionOf(object) > newest) continue;
        return this.#report(process, what, `that the ${kind} ${name} is gone`);
      }
    }
  }

  /** Whether it is there still. One that took its place since is no business of whoever had the lease before. */
  #isThere(kind: string, { metadata }: KubernetesObject): boolean {
    const { namespace, name = '', uid } = metadata;
    return this.#scene.world.api.objects.find(kind, { namespace, name })?.metadata.uid === uid;
  }

  #report(process: WiredProcess, what: string, unknown: string): void {
    const message = `${process.name} sends ${what}, and does not know ${unknown} when it took the lease`;
    this.#scene.report('a new leader knows what the one before has done', message);
  }
}

function versionOf({ metadata }: KubernetesObject): number {
  return Number(metadata.resourceVersion);
}
