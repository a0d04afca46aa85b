/**
 * A queue of keys, each worked on by one worker at a time.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { backoffDelay } from './backoff.js';
import { KubernetesError } from './kubernetes-error.js';

/** What a worker may ask for when it has finished without an error. */
export interface WorkResult {
  /** Run the key again after this many milliseconds, unless it is added earlier. */
  readonly requeueAfterMs?: number;
}

/** How full a queue is. */
export interface QueueDepth {
  /** Keys that could run now, if a worker were free. */
  readonly ready: number;
  /** Keys whose window, delay or backoff is not over. */
  readonly waiting: number;
  readonly running: number;
}

/** Options of a {@link WorkQueue}. */
export interface WorkQueueOptions<Key extends string> {
  readonly clock: Clock;
  readonly random: () => number;
  /** Does the work of one key. Rejecting makes the key run again after its backoff. */
  readonly work: (key: Key, signal: AbortSignal) => Promise<WorkResult | void>;
  /** How many keys are worked on at once. @default 1 */
  readonly concurrency?: number;
  /** Milliseconds that changes are collected, from the first `add`, before the key runs. @default 0 */
  readonly windowMs?: number;
  /** Delay after the first failure, in milliseconds; doubles with each further one. @default 500 */
  readonly backoffMs?: number;
  /** The longest such delay, in milliseconds. @default 60000 */
  readonly maxBackoffMs?: number;
  /** Called when the work of a key failed. `retryInMs` is the delay chosen; absent where the queue is drained. */
  readonly onError: (failure: {
    readonly key: Key;
    readonly error: unknown;
    readonly failures: number;
    readonly retryInMs: number | undefined;
  }) => void;
  /** Called when the depth has changed. */
  readonly onDepth?: (depth: QueueDepth) => void;
}

interface Item {
  phase: 'idle' | 'waiting' | 'ready' | 'running';
  /** While waiting: when it becomes ready, and how to cancel that. */
  due: number;
  cancel: () => void;
  /** While waiting: whether for the end of a window, which `idle()` waits for, or of a longer delay. */
  inWindow: boolean;
  /** While running: when the next run is due, if one was asked for meanwhile. */
  again: { due: number; inWindow: boolean } | undefined;
  failures: number;
  /** The end of the backoff. */
  notBefore: number;
}

/**
 * The queue. Keys run in the order in which they became due; a key never runs twice at the same time. A key that
 * failed does not run before its backoff is over, whatever is added meanwhile.
 */
export class WorkQueue<Key extends string = string> {
  readonly #options: WorkQueueOptions<Key>;
  readonly #items = new Map<Key, Item>();
  readonly #ready = new Set<Key>();
  readonly #abort = new AbortController();
  #depth = { ready: 0, waiting: 0, running: 0 };
  #openWindows = 0;
  #draining = false;
  #dispatching = false;
  #idleWaiters: (() => void)[] = [];

  constructor(options: WorkQueueOptions<Key>) {
    this.#options = options;
  }

  get depth(): QueueDepth {
    return { ...this.#depth };
  }

  /** Asks for a run of `key` after the window. Joins a run that waits already; during a run it asks for another. */
  add(key: Key): void {
    this.#schedule(key, this.#options.clock.monotonic() + (this.#options.windowMs ?? 0), true);
  }

  /** Asks for a run of `key` in `ms` milliseconds, unless one is due earlier. */
  addAfter(key: Key, ms: number): void {
    this.#schedule(key, this.#options.clock.monotonic() + ms, false);
  }

  /** Forgets the failures of `key`: its backoff is over. It does not run by that; {@link add} it. */
  forget(key: Key): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    item.failures = 0;
    item.notBefore = 0;
  }

  /** Resolves when nothing is ready or running and no window is open; backoffs and delays are not waited for. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#settle();
    });
  }

  /** No new runs from now on, and nothing can be added; resolves when the runs in progress have ended. */
  drain(): Promise<void> {
    this.#draining = true;
    for (const item of this.#items.values()) item.cancel();
    this.#items.clear();
    this.#ready.clear();
    this.#openWindows = 0;
    this.#count({ ready: -this.#depth.ready, waiting: -this.#depth.waiting });
    return this.idle();
  }

  /** Aborts the signals of the runs in progress, and drains. */
  abort(reason: Error): Promise<void> {
    this.#abort.abort(reason);
    return this.drain();
  }

  #schedule(key: Key, wanted: number, inWindow: boolean): void {
    if (this.#draining) return;
    const item = this.#item(key);
    const due = Math.max(wanted, item.notBefore);
    switch (item.phase) {
      case 'ready':
        return;
      case 'running':
        if (item.again === undefined || due < item.again.due) item.again = { due, inWindow };
        return;
      case 'waiting':
        if (due >= item.due) return;
        inWindow ||= item.inWindow;
        this.#stopWaiting(item);
        this.#wait(key, item, due, inWindow);
        return;
      case 'idle':
        this.#wait(key, item, due, inWindow);
    }
  }

  #item(key: Key): Item {
    const known = this.#items.get(key);
    if (known !== undefined) return known;
    const item: Item = {
      phase: 'idle',
      due: 0,
      cancel: () => undefined,
      inWindow: false,
      again: undefined,
      failures: 0,
      notBefore: 0,
    };
    this.#items.set(key, item);
    return item;
  }

  #wait(key: Key, item: Item, due: number, inWindow: boolean): void {
    const delay = due - this.#options.clock.monotonic();
    if (delay <= 0) {
      this.#makeReady(key, item);
      return;
    }
    item.phase = 'waiting';
    item.due = due;
    item.inWindow = inWindow && due > item.notBefore;
    if (item.inWindow) this.#openWindows++;
    item.cancel = this.#options.clock.after(delay, () => {
      this.#stopWaiting(item);
      this.#makeReady(key, item);
    });
    this.#count({ waiting: 1 });
  }

  #stopWaiting(item: Item): void {
    item.cancel();
    if (item.inWindow) this.#openWindows--;
    item.inWindow = false;
    this.#count({ waiting: -1 });
  }

  #makeReady(key: Key, item: Item): void {
    item.phase = 'ready';
    this.#ready.add(key);
    this.#count({ ready: 1 });
    this.#dispatchSoon();
  }

  /** Not at once: whoever adds keys finishes first, and never runs work on its own stack. */
  #dispatchSoon(): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    queueMicrotask(() => {
      this.#dispatching = false;
      for (const key of this.#ready) {
        if (this.#depth.running >= (this.#options.concurrency ?? 1)) return;
        this.#ready.delete(key);
        void this.#run(key, this.#item(key));
      }
    });
  }

  async #run(key: Key, item: Item): Promise<void> {
    item.phase = 'running';
    this.#count({ ready: -1, running: 1 });
    let requeueAfterMs: number | undefined;
    try {
      const result = await this.#options.work(key, this.#abort.signal);
      item.failures = 0;
      item.notBefore = 0;
      requeueAfterMs = result?.requeueAfterMs;
    } catch (error) {
      requeueAfterMs = this.#failed(key, item, error);
    }
    item.phase = 'idle';
    const again = item.again;
    item.again = undefined;
    this.#count({ running: -1 });
    if (again !== undefined) this.#schedule(key, again.due, again.inWindow);
    if (requeueAfterMs !== undefined) this.addAfter(key, requeueAfterMs);
    if (this.#items.get(key) === item && item.phase === 'idle') this.#items.delete(key);
    this.#dispatchSoon();
    this.#settle();
  }

  #failed(key: Key, item: Item, error: unknown): number | undefined {
    const { clock, random, backoffMs = 500, maxBackoffMs = 60_000 } = this.#options;
    item.failures++;
    if (this.#draining) {
      if (!this.#abort.signal.aborted)
        this.#options.onError({ key, error, failures: item.failures, retryInMs: undefined });
      return undefined;
    }
    const retryInMs = Math.max(
      backoffDelay(item.failures, { baseMs: backoffMs, maxMs: maxBackoffMs }, random),
      error instanceof KubernetesError ? (error.retryAfterMs ?? 0) : 0,
    );
    item.notBefore = clock.monotonic() + retryInMs;
    this.#options.onError({ key, error, failures: item.failures, retryInMs });
    return retryInMs;
  }

  #count(change: Partial<QueueDepth>): void {
    this.#depth.ready += change.ready ?? 0;
    this.#depth.waiting += change.waiting ?? 0;
    this.#depth.running += change.running ?? 0;
    this.#options.onDepth?.(this.depth);
  }

  #settle(): void {
    if (this.#depth.ready + this.#depth.running + this.#openWindows > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
