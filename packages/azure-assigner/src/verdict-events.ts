/**
 * Events about AzureIdentities that somebody has to put right: once for each thing that is wrong, and not again by a MIC
 * that finds it said already.
 *
 * @module
 */
import { objectKey, type ReadyReason } from '@aad-pod-identity/core';
import type { Cluster, EventReason } from './cluster.js';
import type { JudgedKind, JudgedObject } from './status-writer.js';

/** What is to be said about an object of one of these kinds. */
export interface ObjectVerdict {
  readonly reason: ReadyReason<JudgedKind>;
  readonly message: string;
}

/** What is told by others, or needs nobody, has no event here. */
const eventReasons: Readonly<Partial<Record<ReadyReason<JudgedKind>, EventReason>>> = {
  SpecInvalid: 'identity invalid',
  NotFoundInAzure: 'identity not found',
  ClientIDMismatch: 'client id mismatch',
};

/** Tells what is new. */
export class VerdictEvents {
  readonly #cluster: Pick<Cluster, 'event'>;
  /** By kind and key of the object: what was told last. */
  readonly #told = new Map<string, string>();

  constructor(cluster: Pick<Cluster, 'event'>) {
    this.#cluster = cluster;
  }

  /** Tells a verdict, unless that was done, or the condition says it already. */
  tell(kind: JudgedKind, object: JudgedObject, { reason, message }: ObjectVerdict): void {
    const key = `${kind} ${objectKey(object)}`;
    const event = eventReasons[reason];
    if (event === undefined) {
      this.#told.delete(key);
      return;
    }
    const what = `${object.uid} ${message}`;
    const { ready } = object.conditions;
    const said = this.#told.get(key) === what || (ready?.reason === reason && ready.message === message);
    this.#told.set(key, what);
    if (said) return;
    const { namespace, name, uid } = object;
    this.#cluster.event({ kind, namespace, name, uid }, 'Warning', event, message);
  }

  /** The object is gone. */
  forget(kind: JudgedKind, key: string): void {
    this.#told.delete(`${kind} ${key}`);
  }
}
