/**
 * Typed requests for one kind of object.
 *
 * @module
 */
import { formatProblem } from '@aad-pod-identity/core';
import { requestJson } from './api-response.js';
import type { Connection, KubernetesRequest } from './connection.js';
import { isKubernetesError, KubernetesError } from './kubernetes-error.js';
import { listPages } from './list-pages.js';
import {
  recognise,
  resourcePath,
  type ObjectName,
  type ObjectVersion,
  type Resource,
  type Undecodable,
} from './resource.js';

const mergePatchType = 'application/merge-patch+json';

/** An object to be written. `apiVersion` and `kind` are filled in from the resource where they are absent. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly resourceVersion?: string | undefined;
  };
}

/** What to list. */
export interface ListOptions extends RequestOptions {
  /** @default all namespaces */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects in one page. @default 500 */
  readonly limit?: number;
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
export interface ResourceClientOptions<T> {
  /** Called for each listed object that does not decode; it is left out. */
  readonly onUndecodable?: (undecodable: Undecodable) => void;
  /** What is known of exactly this version of an object, from a watch above all: it is not decoded again. */
  readonly known?: (version: ObjectVersion) => T | undefined;
}

/**
 * Requests for one kind. Every method rejects with a `KubernetesError`; those that return an object reject with
 * `bad-response` where it does not decode.
 */
export class ResourceClient<T> {
  readonly #connection: Connection;
  readonly #resource: Resource<T>;
  readonly #onUndecodable: (undecodable: Undecodable) => void;
  readonly #known: ((version: ObjectVersion) => T | undefined) | undefined;

  constructor(connection: Connection, resource: Resource<T>, options: ResourceClientOptions<T> = {}) {
    this.#connection = connection;
    this.#resource = resource;
    this.#onUndecodable = options.onUndecodable ?? (() => undefined);
    this.#known = options.known;
  }

  /** All objects, read page by page as they are asked for. `gone` where the list expires between two pages. */
  async *list(options: ListOptions = {}): AsyncGenerator<T, void> {
    const { limit = 500, timeoutMs = 30_000, ...rest } = options;
    const pages = listPages({
      ...rest,
      limit,
      timeoutMs,
      connection: this.#connection,
      resource: this.#resource,
      onUndecodable: this.#onUndecodable,
    });
    for await (const page of pages) {
      for (const { value } of page.objects) yield value;
    }
  }

  /** One object; `not-found` where it isn't there. */
  async get(name: ObjectName, options: RequestOptions = {}): Promise<T> {
    return this.#send({ method: 'GET', path: resourcePath(this.#resource, name), ...options });
  }

  /** One object, or `undefined` where it isn't there. */
  async find(name: ObjectName, options: RequestOptions = {}): Promise<T | undefined> {
    try {
      return await this.get(name, options);
    } catch (error) {
      if (isKubernetesError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** Creates `body`, the whole object as the API takes it, in its `metadata.namespace`. */
  async create<Body extends KubernetesObject>(body: Body, options: RequestOptions = {}): Promise<T> {
    const path = resourcePath(this.#resource, { namespace: body.metadata.namespace });
    return this.#send({ method: 'POST', path, body: this.#typed(body), ...options });
  }

  /** Replaces an object; with a `metadata.resourceVersion` in `body`, only that version (`conflict` otherwise). */
  async replace<Body extends KubernetesObject>(body: Body, options: RequestOptions = {}): Promise<T> {
    const path = resourcePath(this.#resource, body.metadata);
    return this.#send({ method: 'PUT', path, body: this.#typed(body), ...options });
  }

  /** Asks for an object's deletion; with finalizers on it, it stays until they are off. */
  async delete(name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    const { preconditions, gracePeriodSeconds, propagationPolicy, ...request } = options;
    const path = resourcePath(this.#resource, name);
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      preconditions,
      gracePeriodSeconds,
      propagationPolicy,
    };
    await requestJson(this.#connection, { method: 'DELETE', path, body, ...request });
  }

  /** JSON merge patch (RFC 7386): `null` removes. A `metadata.resourceVersion` in it is a precondition. */
  async mergePatch(name: ObjectName, patch: object, options: RequestOptions = {}): Promise<T> {
    return this.#patch(resourcePath(this.#resource, name), mergePatchType, patch, options);
  }

  /** JSON patch (RFC 6902). */
  async jsonPatch(
    name: ObjectName,
    patch: readonly JsonPatchOperation[],
    options: RequestOptions = {},
  ): Promise<T> {
    return this.#patch(resourcePath(this.#resource, name), 'application/json-patch+json', patch, options);
  }

  /** JSON merge patch of the status subresource. */
  async mergePatchStatus(name: ObjectName, patch: object, options: RequestOptions = {}): Promise<T> {
    return this.#patch(`${resourcePath(this.#resource, name)}/status`, mergePatchType, patch, options);
  }

  /** JSON merge patch of the scale subresource; `T` is what decodes that. */
  async mergePatchScale(name: ObjectName, patch: object, options: RequestOptions = {}): Promise<T> {
    return this.#patch(`${resourcePath(this.#resource, name)}/scale`, mergePatchType, patch, options);
  }

  async #patch(path: string, contentType: string, patch: unknown, options: RequestOptions): Promise<T> {
    return this.#send({ method: 'PATCH', path, body: patch, contentType, ...options });
  }

  async #send(request: KubernetesRequest): Promise<T> {
    const json = await requestJson(this.#connection, request);
    const { value } = recognise(json, this.#known);
    if (value !== undefined) return value;
    const decoded = this.#resource.decode(json);
    if (decoded.ok) return decoded.value;
    const problems = decoded.problems.map(formatProblem).join('; ');
    throw new KubernetesError(
      'bad-response',
      `${request.method} ${request.path}: the object does not decode: ${problems}`,
    );
  }

  #typed(body: KubernetesObject): object {
    const { group, version, kind } = this.#resource;
    return { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...body };
  }
}
