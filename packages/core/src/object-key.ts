/** Names one namespaced Kubernetes object of a kind that is known from the context. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`: unique, because neither part can hold a slash. */
export function objectKey(object: ObjectKey): string {
  return `${object.namespace}/${object.name}`;
}

/** Just the key of an object, without what else it holds. */
export function keyOf(object: ObjectKey): ObjectKey {
  return { namespace: object.namespace, name: object.name };
}

/** Orders strings by UTF-16 code units, the same in every locale. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders objects by (namespace, name), the order in which bindings are considered. */
export function compareKeys(a: ObjectKey, b: ObjectKey): number {
  return compareStrings(a.namespace, b.namespace) || compareStrings(a.name, b.name);
}
