/**
 * The history of one collection: what a watch that begins in the past replays, and what a consistent list of the past
 * is rebuilt from. Old entries are forgotten by compaction.
 *
 * @module
 */
import { type StoredObject } from './stored-object.js';

/** One change to one object. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** The object after the change; of a deletion, the last state with the revision of the deletion. */
  readonly current: StoredObject;
  /** The object before the change; absent where it was created. */
  readonly previous?: StoredObject;
}

/** The changes of one collection in the order of their revisions. */
export class ChangeLog {
  #changes: Change[] = [];
  #forgotten = 0;
  readonly #capacity: number;

  /** @param capacity - how many changes are kept at least; when twice as many are there, the older half goes */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The highest revision that is not known any more: only what came after it can be replayed. */
  get forgotten(): number {
    return this.#forgotten;
  }

  append(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length < this.#capacity * 2) return;
    this.trim(this.#changes[this.#changes.length - this.#capacity - 1]?.revision ?? 0);
  }

  /** Forgets that anything was known of `revision` and before, even where nothing had changed. */
  forget(revision: number): void {
    this.trim(revision);
    this.#forgotten = Math.max(this.#forgotten, revision);
  }

  /** Drops the changes up to and including `revision`; who knows the last of them has missed nothing. */
  trim(revision: number): void {
    const dropped = this.#changes.splice(0, this.#indexAfter(revision));
    this.#forgotten = Math.max(this.#forgotten, dropped.at(-1)?.revision ?? 0);
  }

  /** The changes after `revision`; the caller has checked that it is not {@link forgotten}. */
  after(revision: number): readonly Change[] {
    return this.#changes.slice(this.#indexAfter(revision));
  }

  #indexAfter(revision: number): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
