/**
 * Typed requests for one kind of object.
 *
 * @module
 */
import type { Connection } from './connection.js';
import type { ObjectName, Resource, Undecodable } from './resource.js';

/** What to list. */
export interface ListOptions {
  /** @default all namespaces */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects in one page. @default 500 */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Options of a single request. */
export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** @default 30000 */
  readonly timeoutMs?: number;
}

/** Options of a deletion. */
export interface DeleteOptions extends RequestOptions {
  /** Delete only the object with this uid or resource version; `conflict` otherwise. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

/** One step of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** Options of a {@link ResourceClient}. */
export interface ResourceClientOptions {
  /** Called for each listed object that does not decode; it is left out. */
  readonly onUndecodable?: (undecodable: Undecodable) => void;
}

/**
 * Requests for one kind. Every method rejects with a `KubernetesError`; those that return an object reject with
 * `bad-response` where it does not decode.
 */
export class ResourceClient<T> {
  constructor(connection: Connection, resource: Resource<T>, options: ResourceClientOptions = {}) {
    void connection;
    void resource;
    void options;
  }

  /** All objects, read page by page as they are asked for. */
  list(options: ListOptions = {}): AsyncIterable<T> {
    void options;
    throw new Error('being written');
  }

  /** One object; `not-found` where it isn't there. */
  get(name: ObjectName, options: RequestOptions = {}): Promise<T> {
    void [name, options];
    throw new Error('being written');
  }

  /** One object, or `undefined` where it isn't there. */
  find(name: ObjectName, options: RequestOptions = {}): Promise<T | undefined> {
    void [name, options];
    throw new Error('being written');
  }

  /** Creates `body` (the whole object as the API takes it) in its `metadata.namespace`. */
  create(body: unknown, options: RequestOptions = {}): Promise<T> {
    void [body, options];
    throw new Error('being written');
  }

  /** Replaces an object; with a `metadata.resourceVersion` in `body`, only that version (`conflict` otherwise). */
  replace(body: unknown, options: RequestOptions = {}): Promise<T> {
    void [body, options];
    throw new Error('being written');
  }

  /** Deletes an object. */
  delete(name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    void [name, options];
    throw new Error('being written');
  }

  /** JSON merge patch (RFC 7386): `null` removes. */
  mergePatch(name: ObjectName, patch: object, options: RequestOptions = {}): Promise<T> {
    void [name, patch, options];
    throw new Error('being written');
  }

  /** JSON patch (RFC 6902). */
  jsonPatch(
    name: ObjectName,
    patch: readonly JsonPatchOperation[],
    options: RequestOptions = {},
  ): Promise<T> {
    void [name, patch, options];
    throw new Error('being written');
  }

  /** JSON merge patch of the status subresource. */
  mergePatchStatus(name: ObjectName, patch: object, options: RequestOptions = {}): Promise<T> {
    void [name, patch, options];
    throw new Error('being written');
  }
}
