/**
 * One version of one object, with its JSON text made at most once however many lists and watches send it.
 *
 * @module
 */
import { type KubernetesObject, nameOf, namespaceOf } from '../api-object.js';
import { deepFreeze } from '../json.js';

/** An immutable version of an object. */
export class StoredObject {
  /** The object, frozen; its `metadata.resourceVersion` is {@link revision}, absent where that is 0 (a dry run). */
  readonly object: KubernetesObject;
  readonly revision: number;
  readonly name: string;
  readonly namespace: string;
  #body: string | undefined;

  constructor(object: KubernetesObject, revision: number) {
    const { resourceVersion: _before, ...metadata } = object.metadata;
    const version = revision === 0 ? {} : { resourceVersion: String(revision) };
    this.object = deepFreeze({ ...object, metadata: { ...metadata, ...version } });
    this.revision = revision;
    this.name = nameOf(object);
    this.namespace = namespaceOf(object);
  }

  /** The JSON of the object without `apiVersion` and `kind`: what the items of a list of a built-in kind look like. */
  body(): string {
    if (this.#body === undefined) {
      const { apiVersion: _apiVersion, kind: _kind, ...rest } = this.object;
      this.#body = JSON.stringify(rest);
    }
    return this.#body;
  }

  /** The whole JSON, of the API version `apiVersion`. */
  json(apiVersion: string): string {
    return `{"kind":${JSON.stringify(this.object.kind)},"apiVersion":${JSON.stringify(apiVersion)},${this.body().slice(1)}`;
  }
}
