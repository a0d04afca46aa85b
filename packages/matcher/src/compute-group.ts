import {
  compareStrings,
  computeResourceKey,
  parseProviderId,
  type ComputeResource,
  type Node,
} from '@aad-pod-identity/core';

/** A compute resource with its key and the nodes that are part of it. */
export interface ComputeGroup {
  readonly key: string;
  readonly resource: ComputeResource;
  /** Names, in order. */
  readonly nodes: readonly string[];
}

/** Nodes by what ARM can attach an identity to. */
export interface ComputeGroups {
  /** In order of key. */
  readonly groups: readonly ComputeGroup[];
  /** Names, in order, of the nodes whose providerID names neither a VM nor a scale set. */
  readonly unresolved: readonly string[];
}

/** Groups nodes by their compute resource (docs/spec.md section 4). The order of the nodes does not matter. */
export function groupNodes(nodes: Iterable<Node>): ComputeGroups {
  const table = new NodeTable();
  for (const node of nodes) table.upsert(node);
  return { groups: table.groups(), unresolved: table.unresolved() };
}

/** Where a node is: shared by all nodes of a resource, so that it is also cheap to compare. */
export interface ComputePlace {
  readonly kind: 'resource';
  readonly key: string;
  readonly resource: ComputeResource;
  readonly nodes: ReadonlySet<string>;
}

/** The nodes that are known, by name and by compute resource; takes one change at a time. */
export class NodeTable {
  readonly #placeByNode = new Map<string, (ComputePlace & { readonly nodes: Set<string> }) | undefined>();
  readonly #places = new Map<string, ComputePlace & { readonly nodes: Set<string> }>();

  /** Adds or replaces a node. @returns whether it is on another compute resource than before, or new. */
  upsert(node: Node): boolean {
    const resource = parseProviderId(node.providerID)?.resource;
    const key = resource === undefined ? undefined : computeResourceKey(resource);
    if (this.#placeByNode.has(node.name)) {
      if (this.#placeByNode.get(node.name)?.key === key) return false;
      this.delete(node.name);
    }
    if (resource === undefined || key === undefined) {
      this.#placeByNode.set(node.name, undefined);
      return true;
    }
    let place = this.#places.get(key);
    if (place === undefined) {
      place = { kind: 'resource', key, resource, nodes: new Set() };
      this.#places.set(key, place);
    }
    place.nodes.add(node.name);
    this.#placeByNode.set(node.name, place);
    return true;
  }

  /** Removes a node. @returns whether it was known. */
  delete(name: string): boolean {
    const place = this.#placeByNode.get(name);
    if (place !== undefined) {
      place.nodes.delete(name);
      if (place.nodes.size === 0) this.#places.delete(place.key);
    }
    return this.#placeByNode.delete(name);
  }

  has(name: string): boolean {
    return this.#placeByNode.has(name);
  }

  /** The place of a node; undefined when the node is gone or unresolved. */
  placeOf(name: string): ComputePlace | undefined {
    return this.#placeByNode.get(name);
  }

  /** The compute resource of that key, if a known node is part of it. */
  place(key: string): ComputePlace | undefined {
    return this.#places.get(key);
  }

  places(): IterableIterator<ComputePlace> {
    return this.#places.values();
  }

  groups(): readonly ComputeGroup[] {
    return [...this.#places.values()]
      .map(({ key, resource, nodes }) => ({ key, resource, nodes: [...nodes].sort() }))
      .sort((a, b) => compareStrings(a.key, b.key));
  }

  unresolved(): readonly string[] {
    return [...this.#placeByNode].flatMap(([name, place]) => (place === undefined ? [name] : [])).sort();
  }
}
