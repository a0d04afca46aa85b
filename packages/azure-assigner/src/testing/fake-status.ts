import {
  objectKey,
  type AzureIdentity,
  type AzureIdentityBinding,
  type ReadyCondition,
} from '@aad-pod-identity/core';
import { KubernetesError } from '@aad-pod-identity/kubernetes';
import type { JudgedKind, JudgedObject, StatusWriter, StatusWritten } from '../status-writer.js';

type Judgeable = AzureIdentity | AzureIdentityBinding;

/** The AzureIdentities and AzureIdentityBindings of a cluster in memory, with the API server's rules for versions. */
export class FakeStatus implements StatusWriter {
  /** Every write that went through, such as `AzureIdentity id1 True Usable`. */
  readonly writes: string[] = [];
  /** Called with each write before it happens: throwing refuses it, an answer takes its place. */
  before: (kind: JudgedKind, name: string) => StatusWritten | undefined = () => undefined;
  readonly #objects = new Map<string, Judgeable>();
  readonly #watch: (kind: JudgedKind, object: Judgeable) => void;
  #version = 1_000_000;
  #uid = 0;

  /** @param watch - told what the watch would tell of a write */
  constructor(watch: (kind: JudgedKind, object: Judgeable) => void) {
    this.#watch = watch;
  }

  /** Takes an object as a person applies it. @returns it as it is stored: with uid, version, generation, conditions */
  apply<Object extends Judgeable>(kind: JudgedKind, object: Object): Object {
    const key = `${kind} ${objectKey(object)}`;
    const before = this.#objects.get(key);
    const changed = JSON.stringify(before?.spec) !== JSON.stringify(object.spec);
    const stored: Object = {
      ...object,
      uid: before?.uid ?? `${object.uid}-${++this.#uid}`,
      resourceVersion: String(++this.#version),
      generation: (before?.generation ?? 0) + (changed ? 1 : 0),
      conditions: before?.conditions ?? object.conditions,
    };
    this.#objects.set(key, stored);
    return stored;
  }

  delete(kind: JudgedKind, key: string): void {
    this.#objects.delete(`${kind} ${key}`);
  }

  async write(kind: JudgedKind, object: JudgedObject, ready: ReadyCondition): Promise<StatusWritten> {
    const answer = this.before(kind, object.name);
    if (answer !== undefined) return answer;
    const key = `${kind} ${objectKey(object)}`;
    const current = this.#objects.get(key);
    if (current?.uid !== object.uid) return { kind: 'gone' };
    if (current.resourceVersion !== object.resourceVersion)
      throw new KubernetesError('conflict', 'changed meanwhile');
    this.writes.push(`${kind} ${object.name} ${ready.status} ${ready.reason}`);
    const conditions = { ready, others: object.conditions.others };
    const stored = { ...current, resourceVersion: String(++this.#version), conditions };
    this.#objects.set(key, stored);
    this.#watch(kind, stored);
    return { kind: 'written' };
  }

  /** The condition of an object in `default`. */
  of(kind: JudgedKind, name: string): ReadyCondition | undefined {
    return this.#objects.get(`${kind} default/${name}`)?.conditions.ready;
  }
}
