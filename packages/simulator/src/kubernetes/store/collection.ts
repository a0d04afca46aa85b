/**
 * All objects of one kind, by namespace and name, with their history.
 *
 * @module
 */
import { type Change, ChangeLog } from './change-log.js';
import { type StoredObject } from './stored-object.js';

/** Objects of one kind. Only {@link ObjectStore} changes it. */
export class Collection {
  /** The group and plural that the objects are stored under. */
  readonly key: string;
  readonly log: ChangeLog;
  #revision = 0;
  readonly #namespaces = new Map<string, Map<string, StoredObject>>();
  /** Sorted lists by namespace (`undefined`: all), valid until an object comes, goes or changes there. */
  readonly #sorted = new Map<string | undefined, readonly StoredObject[]>();

  constructor(key: string, capacity: number) {
    this.key = key;
    this.log = new ChangeLog(capacity);
  }

  /** The revision of the last change. */
  get revision(): number {
    return this.#revision;
  }

  get(namespace: string, name: string): StoredObject | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  /** The objects of a namespace, or of all, in the order of namespace and name. */
  list(namespace: string | undefined): readonly StoredObject[] {
    const cached = this.#sorted.get(namespace);
    if (cached !== undefined) return cached;
    const found =
      namespace === undefined
        ? [...this.#namespaces.values()].flatMap((objects) => [...objects.values()])
        : [...(this.#namespaces.get(namespace)?.values() ?? [])];
    const sorted = found.sort(byKey);
    this.#sorted.set(namespace, sorted);
    return sorted;
  }

  /** The objects as they were at `revision`, rebuilt by undoing what came later. */
  listAt(revision: number, namespace: string | undefined): readonly StoredObject[] {
    const later = this.log.after(revision);
    if (later.length === 0) return this.list(namespace);
    const state = new Map(
      this.list(namespace).map((stored): [string, StoredObject] => [keyOf(stored), stored]),
    );
    for (const change of later.toReversed()) {
      if (namespace !== undefined && change.current.namespace !== namespace) continue;
      const key = keyOf(change.current);
      if (change.previous === undefined) state.delete(key);
      else state.set(key, change.previous);
    }
    return [...state.values()].sort(byKey);
  }

  /** Records a change and applies it. */
  apply(change: Change): void {
    const { namespace, name } = change.current;
    const objects = this.#namespaces.get(namespace) ?? new Map<string, StoredObject>();
    this.#namespaces.set(namespace, objects);
    if (change.type === 'DELETED') objects.delete(name);
    else objects.set(name, change.current);
    if (objects.size === 0) this.#namespaces.delete(namespace);
    this.#sorted.delete(namespace);
    this.#sorted.delete(undefined);
    this.#revision = change.revision;
    this.log.append(change);
  }
}

function keyOf(stored: StoredObject): string {
  return `${stored.namespace}/${stored.name}`;
}

function byKey(a: StoredObject, b: StoredObject): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

/** Order of code units, as etcd orders keys; not that of a language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
