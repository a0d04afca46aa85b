/**
 * Keeps a {@link Store} equal to what the API server has: a paged list, then a watch, for as long as it runs.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Connection } from './connection.js';
import type { ListWatchState } from './list-watch-state.js';
import type { Resource, Undecodable } from './resource.js';
import type { Store } from './store.js';

/** Options of a {@link ListWatch}. */
export interface ListWatchOptions<T> {
  readonly connection: Connection;
  readonly resource: Resource<T>;
  readonly store: Store<T, string>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Only this namespace. @default all namespaces */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Called at each change of state. See {@link describeListWatchState} for a line to log. */
  readonly onState?: (state: ListWatchState) => void;
  /**
   * Called for each object that does not decode. It is not in the store, not even its last good version: what cannot
   * be read grants nothing.
   */
  readonly onUndecodable?: (undecodable: Undecodable) => void;
  /** Objects in one page of a list. @default 500 */
  readonly pageSize?: number;
  /** Milliseconds for one page. @default 60000 */
  readonly listTimeoutMs?: number;
  /** Milliseconds without a word on a watch after which it counts as dead. Servers send bookmarks each minute. @default 90000 */
  readonly inactivityMs?: number;
  /** First delay after a failure, in milliseconds; doubles with each further one. @default 500 */
  readonly backoffMs?: number;
  /** The longest delay, in milliseconds. @default 15000 */
  readonly maxBackoffMs?: number;
}

/** The reflector. Its errors never escape: they are states, and it goes on. */
export class ListWatch<T> {
  constructor(options: ListWatchOptions<T>) {
    void options;
  }

  get state(): ListWatchState {
    throw new Error('being written');
  }

  /** Resolves when the store holds the first complete list. Never rejects; stays pending where that never comes. */
  get synced(): Promise<void> {
    throw new Error('being written');
  }

  get hasSynced(): boolean {
    throw new Error('being written');
  }

  /** Milliseconds since the API server last said anything about this kind; `Infinity` before the first time. */
  contactAgeMs(): number {
    throw new Error('being written');
  }

  /** Runs until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void> {
    throw new Error(`being written ${String(signal.aborted)}`);
  }
}
