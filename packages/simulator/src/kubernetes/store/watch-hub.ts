/**
 * Watches: each is told the changes to the objects that its selectors match, in order, from the version it names.
 *
 * @module
 */
import { type Clock } from '@aad-pod-identity/core';
import { type Change } from './change-log.js';
import { type Collection } from './collection.js';
import { StoredObject } from './stored-object.js';
import { expired, type Status } from '../status-error.js';

/** What a watch is told. The version in a bookmark is the one to go on from. */
export type WatchNotice =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly stored: StoredObject }
  | { readonly type: 'BOOKMARK'; readonly revision: number }
  | { readonly type: 'ERROR'; readonly status: Status };

/** What a watch wants to be told, and how. */
export interface WatchRequest {
  readonly collection: Collection;
  /** One namespace; all where absent. */
  readonly namespace: string | undefined;
  /** Whether an object is selected; every one is where absent, which is faster. */
  readonly matches: ((stored: StoredObject) => boolean) | undefined;
  readonly bookmarks: boolean;
  readonly notify: (notice: WatchNotice) => void;
  /** Called once when the watch ends and its holder did not ask for it: after an error, or because it was dropped. */
  readonly ended: () => void;
}

/** A running watch. */
export interface Watch {
  stop(): void;
  /** Sends a bookmark now, if bookmarks were asked for. */
  bookmark(): void;
}

interface Running extends WatchRequest {
  /** Changes up to here it knows already: one that starts while a change is being announced must not hear it twice. */
  readonly since: number;
  /** The version that it began with. */
  readonly from: number;
  /** Changes that come while it is still being told what was there at the start. */
  deferred: Change[] | undefined;
}

/** All running watches. */
export class WatchHub {
  readonly #clock: Clock;
  readonly #bookmarkInterval: number;
  readonly #revision: () => number;
  readonly #watches = new Map<Collection, Set<Running>>();
  #bookmarkers = 0;
  #cancelBookmarks: (() => void) | undefined;

  constructor(clock: Clock, revision: () => number, bookmarkIntervalMs = 60_000) {
    this.#clock = clock;
    this.#revision = revision;
    this.#bookmarkInterval = bookmarkIntervalMs;
  }

  /**
   * Starts a watch. With a revision it is told what came after it, otherwise first of every object there is (as
   * `ADDED`), and then of each change. A revision that is forgotten makes one `ERROR` notice (410) and ends it.
   */
  start(request: WatchRequest, revision: number | undefined): Watch {
    const { collection } = request;
    const { forgotten } = collection.log;
    if (revision !== undefined && revision < forgotten) {
      const { status } = expired(`too old resource version: ${revision} (${forgotten})`);
      request.notify({ type: 'ERROR', status });
      request.ended();
      return { stop: () => undefined, bookmark: () => undefined };
    }
    const current = this.#revision();
    const running: Running = { ...request, since: current, from: revision ?? current, deferred: [] };
    this.#add(running);
    if (revision !== undefined) for (const change of collection.log.after(revision)) tell(running, change);
    else for (const stored of collection.list(request.namespace)) tellOfExisting(running, stored);
    // Who is told may write: that comes after all that was there before, however it is told.
    for (let next = running.deferred?.shift(); next !== undefined; next = running.deferred?.shift()) {
      tell(running, next);
    }
    running.deferred = undefined;
    return {
      stop: () => void this.#remove(running),
      bookmark: () => {
        if (request.bookmarks) bookmark(running);
      },
    };
  }

  /** Tells every watch of a change. */
  announce(collection: Collection, change: Change): void {
    for (const running of this.#watches.get(collection) ?? []) {
      if (change.revision <= running.since) continue;
      if (running.deferred === undefined) tell(running, change);
      else running.deferred.push(change);
    }
  }

  /** Ends the watches that `matches` says, or all; with a status they get it first, as an `ERROR`. */
  drop(matches: (collection: Collection) => boolean = () => true, status?: Status): number {
    let dropped = 0;
    for (const [collection, requests] of this.#watches) {
      if (!matches(collection)) continue;
      for (const request of [...requests]) {
        this.#remove(request);
        if (status !== undefined) request.notify({ type: 'ERROR', status });
        request.ended();
        dropped++;
      }
    }
    return dropped;
  }

  #add(running: Running): void {
    const watches = this.#watches.get(running.collection) ?? new Set();
    this.#watches.set(running.collection, watches.add(running));
    if (running.bookmarks) this.#countBookmarkers(1);
  }

  #remove(request: Running): void {
    const removed = this.#watches.get(request.collection)?.delete(request) ?? false;
    if (removed && request.bookmarks) this.#countBookmarkers(-1);
  }

  #countBookmarkers(by: 1 | -1): void {
    this.#bookmarkers += by;
    if (this.#bookmarkers > 0) return this.#scheduleBookmarks();
    this.#cancelBookmarks?.();
    this.#cancelBookmarks = undefined;
  }

  /** One timer for all, which runs only while somebody wants bookmarks. */
  #scheduleBookmarks(): void {
    this.#cancelBookmarks ??= this.#clock.after(this.#bookmarkInterval, () => {
      this.#cancelBookmarks = undefined;
      this.#sendBookmarks();
      if (this.#bookmarkers > 0) this.#scheduleBookmarks();
    });
  }

  #sendBookmarks(): void {
    for (const requests of this.#watches.values()) {
      for (const running of requests) if (running.bookmarks) bookmark(running);
    }
  }
}

/** The version is that of the last change to anything of the kind, told or not; a watch never goes back by it. */
function bookmark({ collection, from, notify }: Running): void {
  notify({ type: 'BOOKMARK', revision: Math.max(collection.revision, from) });
}

function tellOfExisting({ matches, notify }: WatchRequest, stored: StoredObject): void {
  if (matches?.(stored) ?? true) notify({ type: 'ADDED', stored });
}

/** An object that comes to match is added for the watch, one that ceases to match is deleted for it. */
function tell(request: WatchRequest, change: Change): void {
  const { current, previous, type } = change;
  if (request.namespace !== undefined && current.namespace !== request.namespace) return;
  const { matches } = request;
  if (matches === undefined) return request.notify({ type, stored: current });
  const was = previous !== undefined && matches(previous);
  const is = type !== 'DELETED' && matches(current);
  if (is) request.notify({ type: was ? 'MODIFIED' : 'ADDED', stored: current });
  else if (was) {
    const last = type === 'DELETED' ? current : new StoredObject(previous.object, change.revision);
    request.notify({ type: 'DELETED', stored: last });
  }
}
