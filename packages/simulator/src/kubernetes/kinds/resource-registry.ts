/**
 * The kinds that are served: the built-in ones and those of the CustomResourceDefinitions that are there.
 *
 * @module
 */
import { type KubernetesObject, nameOf } from '../api-object.js';
import { qualified } from '../status-error.js';
import { builtInResources } from './built-in-resources.js';
import { customResources } from './custom-resource.js';
import { type ResourceDefinition } from './resource-definition.js';

/** All kinds, by path and by name. */
export class ResourceRegistry {
  readonly #custom = new Map<string, readonly ResourceDefinition[]>();
  #byPath = new Map<string, ResourceDefinition>();
  #all: readonly ResourceDefinition[] = [];

  constructor() {
    this.#rebuild();
  }

  /** Every kind in every version, in the order of discovery. */
  all(): readonly ResourceDefinition[] {
    return this.#all;
  }

  /** The kind at a path such as `/apis/{group}/{version}/{plural}`. */
  find(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The kind named `plural` or `plural.group`, in its first version. */
  named(resource: string): ResourceDefinition | undefined {
    return this.#all.find(({ plural, group }) => qualified(group, plural) === resource);
  }

  /** Whether built-in kinds are in this group and version. */
  isBuiltIn(group: string, version: string): boolean {
    return builtInResources.some(
      (definition) => definition.group === group && definition.version === version,
    );
  }

  /** Serves what `crd` defines, or serves it anew. */
  define(crd: KubernetesObject): void {
    this.#custom.set(nameOf(crd), customResources(crd));
    this.#rebuild();
  }

  /** Serves what `crd` defines no longer. */
  remove(crd: KubernetesObject): void {
    this.#custom.delete(nameOf(crd));
    this.#rebuild();
  }

  #rebuild(): void {
    this.#all = [...builtInResources, ...[...this.#custom.values()].flat()];
    this.#byPath = new Map(
      this.#all.map((definition) => [
        `${definition.group}/${definition.version}/${definition.plural}`,
        definition,
      ]),
    );
  }
}
