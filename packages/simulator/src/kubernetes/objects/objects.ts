/**
 * The objects of the simulated cluster for callers in the same process: all that the HTTP API does, without HTTP.
 *
 * @module
 */
import { apiVersionOf, type KubernetesObject, type ObjectKey } from '../api-object.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { notFound } from '../status-error.js';
import { type StoredObject } from '../store/stored-object.js';
import { type Watch, type WatchNotice } from '../store/watch-hub.js';
import { createObject } from './create.js';
import { type DeleteOptions, deleteObject } from './delete.js';
import { type ListOptions, type SelectionOptions } from './list-options.js';
import { listObjects } from './list.js';
import { type Patch, patchObject } from './patch.js';
import { type Server, type WriteOptions } from './server.js';
import { updateObject } from './update.js';
import { watchObjects } from './watch.js';

/** What a list answers. */
export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** What a watch is told. A bookmark and an error have no object of the kind. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | Exclude<WatchNotice, { readonly stored: StoredObject }>;

/** What a deletion led to. */
export interface DeletedObject<T> {
  /** Whether the object is gone; otherwise it is marked and stays until its finalizers, or its node, let it go. */
  readonly gone: boolean;
  /** The object as it last was. */
  readonly object: T;
}

/** How a watch is asked for. */
export interface WatchOptions extends SelectionOptions {
  readonly namespace?: string | undefined;
  /** Where to begin; absent or `'0'`: with what is there, as `ADDED`. */
  readonly resourceVersion?: string | undefined;
  readonly allowWatchBookmarks?: boolean | undefined;
  /** Called once when the server ends the watch. */
  readonly onEnd?: (() => void) | undefined;
}

/** Names what an update or patch writes: the object, or its status alone. */
export interface SubresourceOptions extends WriteOptions {
  readonly subresource?: 'status' | undefined;
}

/**
 * Reads and writes objects. A resource is named `plural`, or `plural.group` outside the core group: `'pods'`,
 * `'azureidentities.aadpodidentity.k8s.io'`. What is returned is frozen. Every method throws {@link StatusError}, with
 * the `Status` that the HTTP API would answer; nothing here is asynchronous, so a caller sees its own writes.
 */
export class Objects {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** The object named `key`; throws 404 where it isn't there. */
  get<T extends KubernetesObject = KubernetesObject>(resource: string, key: ObjectKey): T {
    const found = this.find<T>(resource, key);
    if (found === undefined) throw notFound(this.#definition(resource), key.name);
    return found;
  }

  /** The object named `key`, `undefined` where it isn't there. */
  find<T extends KubernetesObject = KubernetesObject>(resource: string, key: ObjectKey): T | undefined {
    const definition = this.#definition(resource);
    const stored = this.#server.store.collection(definition.storage).get(key.namespace ?? '', key.name);
    return stored === undefined ? undefined : view<T>(definition, stored);
  }

  /** The objects of `options.namespace`, or of all namespaces. */
  list<T extends KubernetesObject = KubernetesObject>(
    resource: string,
    options: ListOptions & { readonly namespace?: string | undefined } = {},
  ): ObjectList<T> {
    const definition = this.#definition(resource);
    const page = listObjects(this.#server, definition, options.namespace, options);
    return {
      items: page.items.map((stored) => view<T>(definition, stored)),
      resourceVersion: String(page.revision),
      ...(page.continue !== undefined && { continue: page.continue }),
      ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
    };
  }

  /** Creates an object in the namespace that its metadata names (`default` where it names none); `apiVersion` and `kind`
   * may be left out. */
  create<T extends KubernetesObject = KubernetesObject>(
    resource: string,
    object: Partial<KubernetesObject>,
    options: WriteOptions = {},
  ): T {
    const definition = this.#definition(resource);
    const namespace = definition.namespaced ? (object.metadata?.namespace ?? 'default') : undefined;
    const named = {
      apiVersion: apiVersionOf(definition.group, definition.version),
      kind: definition.kind,
      ...object,
    };
    return view<T>(definition, createObject(this.#server, definition, namespace, named, options));
  }

  /** Replaces an object, found by its metadata; its `resourceVersion` guards against overwriting. */
  update<T extends KubernetesObject = KubernetesObject>(
    resource: string,
    object: KubernetesObject,
    options: SubresourceOptions = {},
  ): T {
    const definition = this.#definition(resource);
    const { name = '', namespace } = object.metadata;
    const key = { name, namespace: definition.namespaced ? (namespace ?? 'default') : undefined };
    return view<T>(
      definition,
      updateObject(this.#server, definition, key, object, options.subresource, options),
    );
  }

  /** Changes a part of the object named `key`. */
  patch<T extends KubernetesObject = KubernetesObject>(
    resource: string,
    key: ObjectKey,
    patch: Patch,
    options: SubresourceOptions = {},
  ): T {
    const definition = this.#definition(resource);
    return view<T>(
      definition,
      patchObject(this.#server, definition, key, patch, options.subresource, options),
    );
  }

  /** Deletes the object named `key`, or marks it where something holds it: see `gone` in the answer. */
  delete<T extends KubernetesObject = KubernetesObject>(
    resource: string,
    key: ObjectKey,
    options: DeleteOptions = {},
  ): DeletedObject<T> {
    const definition = this.#definition(resource);
    const { gone, stored } = deleteObject(this.#server, definition, key, options);
    return { gone, object: view<T>(definition, stored) };
  }

  /** Deletes all that a list with these options would show. */
  deleteCollection(
    resource: string,
    options: SelectionOptions & DeleteOptions & { readonly namespace?: string | undefined } = {},
  ): void {
    const definition = this.#definition(resource);
    const { preconditions: _preconditions, ...deletion } = options;
    for (const { namespace, name } of listObjects(this.#server, definition, options.namespace, options)
      .items) {
      deleteObject(this.#server, definition, { namespace, name }, deletion);
    }
  }

  /**
   * Tells `listener` of every change to what is selected, within the write that makes it, until the watch is stopped.
   * What is to be told at the start is told before this returns.
   */
  watch<T extends KubernetesObject = KubernetesObject>(
    resource: string,
    listener: (event: WatchEvent<T>) => void,
    options: WatchOptions = {},
  ): Watch {
    const definition = this.#definition(resource);
    return watchObjects(this.#server, definition, options.namespace, options, {
      notify: (notice) =>
        listener(
          'stored' in notice ? { type: notice.type, object: view<T>(definition, notice.stored) } : notice,
        ),
      ended: () => options.onEnd?.(),
    });
  }

  #definition(resource: string): ResourceDefinition {
    const definition = this.#server.registry.named(resource);
    if (definition === undefined) throw notFound({ group: '', plural: 'resources' }, resource);
    return definition;
  }
}

/** The object in the version of the kind. Its type is the caller's word: objects are as their schema lets them be. */
function view<T extends KubernetesObject>(definition: ResourceDefinition, stored: StoredObject): T {
  return (definition.conversion?.fromStored(stored.object) ?? stored.object) as T;
}
