/**
 * An indexed store of the objects of one kind, fed by a {@link ListWatch}, read through the {@link Lister} view.
 *
 * @module
 */
import { objectKey, type ObjectVersion } from './resource.js';
import { compareResourceVersions, isNewer } from './resource-version.js';

/** What changed. `key` is `namespace/name`, or `name` for a cluster-scoped object. */
export type StoreChange<T> =
  | { readonly type: 'added'; readonly key: string; readonly old: undefined; readonly new: T }
  | { readonly type: 'updated'; readonly key: string; readonly old: T; readonly new: T }
  | { readonly type: 'removed'; readonly key: string; readonly old: T; readonly new: undefined };

/** Reading a store. Objects are shared: do not change them. */
export interface Lister<T, Index extends string = never> {
  /** How many objects there are. */
  readonly size: number;
  get(key: string): T | undefined;
  /** All objects, in no particular order. */
  list(): IterableIterator<T>;
  /** The objects that `index` puts under `value`; one look-up. */
  byIndex(index: Index, value: string): readonly T[];
  /**
   * Calls `listener` for each change from now on, after the store and its indexes hold it. A replaced object (same
   * name, other uid) is `removed`, then `added`. Returns the function that ends the subscription.
   */
  subscribe(listener: (change: StoreChange<T>) => void): () => void;
}

/** The values under which an object is to be found; none, one or several. */
export type Indexer<T> = (value: T) => readonly string[] | string | undefined;

/** Options of a {@link Store}. */
export interface StoreOptions<T, Index extends string> {
  readonly indexers?: Readonly<Record<Index, Indexer<T>>>;
  /** Called with what a listener or an indexer threw; neither disturbs the store or the other listeners. */
  readonly onListenerError: (error: unknown) => void;
}

/** One object with its identity, as a writer hands it in. */
export interface StoredObject<T> extends ObjectVersion {
  readonly value: T;
}

interface Entry<T> {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: T;
}

/**
 * The store itself. A change costs what it changes: the indexes are kept per object, nothing is scanned.
 *
 * @example
 * const pods = new Store<Pod, 'ip'>({ indexers: { ip: (pod) => pod.podIP }, onListenerError: report });
 * pods.byIndex('ip', '10.1.2.3');
 */
export class Store<T, Index extends string = never> implements Lister<T, Index> {
  readonly #entries = new Map<string, Entry<T>>();
  /** UIDs of objects that this process has deleted, of which the watch has not told yet. */
  readonly #expunged = new Set<string>();
  readonly #indexes: readonly {
    readonly name: string;
    readonly indexer: Indexer<T>;
    readonly keys: Map<string, Set<string>>;
  }[];
  readonly #listeners = new Set<(change: StoreChange<T>) => void>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(options: StoreOptions<T, Index>) {
    this.#indexes = Object.entries<Indexer<T>>(options.indexers ?? {}).map(([name, indexer]) => ({
      name,
      indexer,
      keys: new Map(),
    }));
    this.#onListenerError = options.onListenerError;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  *list(): IterableIterator<T> {
    for (const entry of this.#entries.values()) yield entry.value;
  }

  byIndex(index: Index, value: string): readonly T[] {
    const keys = this.#indexes.find(({ name }) => name === index)?.keys.get(value);
    const found: T[] = [];
    for (const key of keys ?? []) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) found.push(entry.value);
    }
    return found;
  }

  subscribe(listener: (change: StoreChange<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Stores an object. Nothing happens where this very version is stored, or a newer one of the same name, or where the
   * object was {@link Store.expunge | expunged}.
   */
  set(object: StoredObject<T>): void {
    if (this.holds(object)) return;
    const key = objectKey(object);
    const old = this.#entries.get(key);
    if (old !== undefined && old.uid !== object.uid) this.delete(key);
    this.#put(key, object);
  }

  /**
   * Whether this version of an object says nothing new: it is stored, or a newer one of its name is, or it was
   * expunged. A watch that lags behind goes on telling of what was before the object that stands now.
   */
  holds({ uid, resourceVersion, ...name }: ObjectVersion): boolean {
    if (this.#expunged.has(uid)) return true;
    const entry = this.#entries.get(objectKey(name));
    if (entry === undefined) return false;
    if (entry.uid === uid) return !isNewer(resourceVersion, entry.resourceVersion);
    return (compareResourceVersions(resourceVersion, entry.resourceVersion) ?? 0) < 0;
  }

  /** The value that is stored of exactly this version of an object. */
  versioned({ uid, resourceVersion, ...name }: ObjectVersion): T | undefined {
    const entry = this.#entries.get(objectKey(name));
    return entry?.uid === uid && entry.resourceVersion === resourceVersion ? entry.value : undefined;
  }

  /** Takes an object out, if it is there, and where `uid` is given only that one. */
  delete(key: string, uid = ''): void {
    this.#expunged.delete(uid);
    const old = this.#entries.get(key);
    if (old === undefined || (uid !== '' && uid !== old.uid)) return;
    this.#entries.delete(key);
    this.#unindex(key, old.value);
    this.#notify({ type: 'removed', key, old: old.value, new: undefined });
  }

  /**
   * Takes an object out that this process has deleted for good. What a watch that lags behind says of it, until it
   * tells that it is deleted, is not taken: the object would seem to be there again.
   */
  expunge(key: string, uid: string): void {
    if (this.#entries.get(key)?.uid !== uid) return;
    this.delete(key, uid);
    this.#expunged.add(uid);
  }

  /**
   * Makes the store hold exactly `objects`: what a fresh list says wins over what is stored. Only differences are
   * notified; removals come first. What was expunged stays out.
   */
  replace(objects: Iterable<StoredObject<T>>): void {
    const wanted = new Map<string, StoredObject<T>>();
    const uids = new Set<string>();
    for (const object of objects) {
      uids.add(object.uid);
      // A list may be from before this process deleted the object.
      if (!this.#expunged.has(object.uid)) wanted.set(objectKey(object), object);
    }
    for (const uid of this.#expunged) if (!uids.has(uid)) this.#expunged.delete(uid);
    for (const [key, entry] of [...this.#entries]) {
      if (wanted.get(key)?.uid !== entry.uid) this.delete(key);
    }
    for (const [key, object] of wanted) {
      if (this.#entries.get(key)?.resourceVersion !== object.resourceVersion) this.#put(key, object);
    }
  }

  #put(key: string, object: StoredObject<T>): void {
    const old = this.#entries.get(key);
    if (old !== undefined) this.#unindex(key, old.value);
    const { uid, resourceVersion, value } = object;
    this.#entries.set(key, { uid, resourceVersion, value });
    for (const { indexer, keys } of this.#indexes) {
      for (const indexed of this.#valuesOf(indexer, value)) {
        const bucket = keys.get(indexed);
        if (bucket === undefined) keys.set(indexed, new Set([key]));
        else bucket.add(key);
      }
    }
    this.#notify(
      old === undefined
        ? { type: 'added', key, old: undefined, new: value }
        : { type: 'updated', key, old: old.value, new: value },
    );
  }

  #unindex(key: string, value: T): void {
    for (const { indexer, keys } of this.#indexes) {
      for (const indexed of this.#valuesOf(indexer, value)) {
        const bucket = keys.get(indexed);
        if (bucket?.delete(key) === true && bucket.size === 0) keys.delete(indexed);
      }
    }
  }

  #notify(change: StoreChange<T>): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  #valuesOf(indexer: Indexer<T>, value: T): readonly string[] {
    try {
      const values = indexer(value) ?? [];
      return typeof values === 'string' ? [values] : values;
    } catch (error) {
      this.#onListenerError(error);
      return [];
    }
  }
}
