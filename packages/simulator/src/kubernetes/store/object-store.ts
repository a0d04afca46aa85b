/**
 * All objects with one revision counter, and the announcement of every change. It knows nothing of kinds or rules.
 *
 * @module
 */
import { type Clock } from '@aad-pod-identity/core';
import { type KubernetesObject, nameOf, namespaceOf } from '../api-object.js';
import { type Change } from './change-log.js';
import { Collection } from './collection.js';
import { StoredObject } from './stored-object.js';

/** How long the history reaches back. */
export interface HistoryOptions {
  /** Changes older than one to two of these are forgotten; 5 minutes where absent, as in a real server. */
  readonly compactionIntervalMs?: number;
  /** How many changes of one kind are kept at least, however fast they come; 50,000 where absent. */
  readonly historyLimit?: number;
}

/** Told of each change, in order, never while another is being told. */
export type ChangeListener = (collection: Collection, change: Change) => void;

/** The objects of the simulated cluster. */
export class ObjectStore {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #limit: number;
  readonly #collections = new Map<string, Collection>();
  readonly #listener: ChangeListener;
  readonly #announcements: { collection: Collection; change: Change }[] = [];
  #announcing = false;
  #revision = 1;
  #compacted = 0;
  #mark: { readonly time: number; readonly revision: number };

  constructor(clock: Clock, listener: ChangeListener, options: HistoryOptions = {}) {
    this.#clock = clock;
    this.#listener = listener;
    this.#interval = options.compactionIntervalMs ?? 300_000;
    this.#limit = options.historyLimit ?? 50_000;
    this.#mark = { time: clock.monotonic(), revision: 1 };
  }

  /** The resource version of the last change to anything. */
  get revision(): number {
    return this.#revision;
  }

  /** The objects stored under `key`; made where there are none yet. */
  collection(key: string): Collection {
    let collection = this.#collections.get(key);
    if (collection === undefined) {
      collection = new Collection(key, this.#limit);
      this.#collections.set(key, collection);
    }
    return collection;
  }

  /** Every collection there is. */
  collections(): Iterable<Collection> {
    return this.#collections.values();
  }

  /** Stores a new version of an object, or the first one. */
  put(collection: Collection, object: KubernetesObject): StoredObject {
    const previous = collection.get(namespaceOf(object), nameOf(object));
    const current = new StoredObject(object, ++this.#revision);
    this.#record(
      collection,
      previous === undefined
        ? { type: 'ADDED', revision: current.revision, current }
        : { type: 'MODIFIED', revision: current.revision, current, previous },
    );
    return current;
  }

  /** Takes an object away. */
  remove(collection: Collection, previous: StoredObject): StoredObject {
    const current = new StoredObject(previous.object, ++this.#revision);
    this.#record(collection, { type: 'DELETED', revision: current.revision, current, previous });
    return current;
  }

  /** Lists of before this revision cannot be told any more. */
  get compacted(): number {
    return this.#compacted;
  }

  /** Forgets all history: who watches or continues from an earlier version is told that it expired. */
  compact(): void {
    this.#compacted = this.#revision;
    for (const collection of this.#collections.values()) collection.log.forget(this.#revision);
  }

  #record(collection: Collection, change: Change): void {
    this.#compactWhenDue();
    collection.apply(change);
    this.#announcements.push({ collection, change });
    if (this.#announcing) return;
    this.#announcing = true;
    try {
      for (let next = this.#announcements.shift(); next !== undefined; next = this.#announcements.shift()) {
        this.#listener(next.collection, next.change);
      }
    } finally {
      this.#announcing = false;
    }
  }

  /** Looks at the clock when something is written: a store that nobody writes to has nothing to forget. */
  #compactWhenDue(): void {
    const now = this.#clock.monotonic();
    if (now - this.#mark.time < this.#interval) return;
    this.#compacted = Math.max(this.#compacted, this.#mark.revision);
    for (const collection of this.#collections.values()) collection.log.trim(this.#mark.revision);
    this.#mark = { time: now, revision: this.#revision };
  }
}
