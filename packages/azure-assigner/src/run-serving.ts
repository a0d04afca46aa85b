/**
 * What goes on while a compute resource is updated: that takes up to a minute on a scale set, and concerns only the pods
 * that wait for the identities in it.
 *
 * @module
 */
import { sleep } from '@aad-pod-identity/core';
import type { Attachment } from '@aad-pod-identity/matcher';
import type { ReconcileOptions } from './reconcile-options.js';
import type { RunObjects } from './run-objects.js';

/** Changes are collected this long, in milliseconds. */
const windowMs = 40;
/** So many objects that nobody waits for are written until it is looked whether somebody can be served. */
const atATime = 100;

/** What {@link RunServing} goes by. */
export interface ServingOptions extends Pick<ReconcileOptions, 'index' | 'clock'> {
  /** The key of the compute resource. */
  readonly key: string;
  readonly objects: RunObjects;
  /** Whether NMI may serve the identity now. */
  readonly isReady: (identityKey: string) => boolean;
  /** Whether MIC attached it, or is about to, whatever the objects say. */
  readonly isOurs: (identityKey: string) => boolean;
  /** Whether this run takes the identity off: what wants it again is for the next one. */
  readonly isLeaving: (identityKey: string) => boolean;
}

/** Serves the pods of one run, also those that come while it goes on. */
export class RunServing {
  readonly #options: ServingOptions;
  #pending = true;
  #wake: () => void = () => undefined;

  constructor(options: ServingOptions) {
    this.#options = options;
  }

  /** Something of the resource's plan may have changed. */
  changed(): void {
    this.#pending = true;
    this.#wake();
  }

  /**
   * Writes the objects that are missing, where it is known who attached their identity, and lets NMI serve those whose
   * identity is there.
   */
  async serve(): Promise<void> {
    await this.#serve(Number.POSITIVE_INFINITY);
  }

  /** Serves at once, and again after each change, until the update is over. @returns what came of the update */
  async during<T>(update: Promise<T>): Promise<T> {
    let over = false;
    const end = (): void => {
      over = true;
      this.#wake();
    };
    const ended = update.then(end, end);
    try {
      while (!over) {
        if (this.#pending) {
          this.#pending = false;
          if (await this.#serve(atATime)) this.#pending = true;
        }
        await this.#nextChange(() => over);
      }
    } finally {
      await ended;
    }
    return update;
  }

  /** @returns whether there are more objects to write */
  async #serve(most: number): Promise<boolean> {
    const { index, key, objects, isReady, isOurs, isLeaving } = this.#options;
    const served = ({ identity, attachedBy }: Attachment): boolean =>
      (attachedBy !== 'unknown' || isOurs(identity.key)) && !isLeaving(identity.key);
    const attach = index.planFor(key)?.attach.filter(served) ?? [];
    const ready = attach.filter(({ identity }) => isReady(identity.key));
    await objects.write('serving', ready);
    await objects.assign(ready);
    const missing = attach
      .filter(({ identity }) => !isReady(identity.key))
      .flatMap((attachment) => objects.missingOf(attachment));
    await objects.write('telling', missing.slice(0, most));
    return missing.length > most;
  }

  async #nextChange(isOver: () => boolean): Promise<void> {
    if (!this.#pending && !isOver()) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = () => undefined;
    if (!isOver()) await sleep(this.#options.clock, windowMs);
  }
}
