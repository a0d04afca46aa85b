import type { KubernetesObject } from '@aad-pod-identity/simulator';

/** Objects of one kind by `namespace/name`. */
export type Objects = ReadonlyMap<string, KubernetesObject>;

/** What one process has been told of the cluster so far: by lists, and by the events of its watches. */
export class Knowledge {
  readonly #kinds = new Map<string, Map<string, KubernetesObject>>();

  /** The objects of a kind (`plural`, or `plural.group`) as the process must believe them to be. */
  of(resource: string): Objects {
    return this.#kinds.get(resource) ?? new Map<string, KubernetesObject>();
  }

  listed(resource: string, objects: readonly KubernetesObject[]): void {
    this.#kinds.set(resource, new Map(objects.map((object) => [keyOf(object), object])));
  }

  told(resource: string, type: string, object: KubernetesObject): void {
    const kind = this.#kinds.get(resource) ?? new Map<string, KubernetesObject>();
    this.#kinds.set(resource, kind);
    if (type === 'DELETED') kind.delete(keyOf(object));
    else kind.set(keyOf(object), object);
  }
}

/** `namespace/name`, or `/name` for what has no namespace. */
export function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}
