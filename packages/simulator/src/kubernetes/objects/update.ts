/**
 * Replacement of an object, with the guard against overwriting what another has written meanwhile.
 *
 * @module
 */
import { type KubernetesObject, nameOf, type ObjectKey } from '../api-object.js';
import { invalidValue } from '../field-error.js';
import { type JsonObject, jsonEqual } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { badRequest, conflict, invalid, notFound } from '../status-error.js';
import { StoredObject } from '../store/stored-object.js';
import { createDecoded, setNamespace } from './create.js';
import { decode } from './decode.js';
import { canGo } from './deletion-state.js';
import { type Server, type WriteOptions } from './server.js';
import { problems } from './validation.js';

/** What of an object an update writes. */
export type Subresource = 'status' | undefined;

const modified =
  'the object has been modified; please apply your changes to the latest version and try again';

/**
 * Replaces the object named `key`, or its status.
 *
 * @throws StatusError 400, 404, 409 (the resource version is not the current one), 422
 */
export function updateObject(
  server: Server,
  definition: ResourceDefinition,
  key: ObjectKey,
  input: unknown,
  subresource: Subresource,
  options: WriteOptions,
): StoredObject {
  const object = decode(definition, input, options);
  object.metadata.name ??= key.name;
  if (object.metadata.name !== key.name) {
    throw badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${key.name})`,
    );
  }
  const previous = server.store.collection(definition.storage).get(key.namespace ?? '', key.name);
  if (previous === undefined && definition.createsOnUpdate && subresource === undefined) {
    return createDecoded(server, definition, key.namespace, object, options);
  }
  if (previous === undefined) throw notFound(definition, key.name);
  return replace(server, definition, previous, object, subresource, options);
}

/** Replaces `previous` by `object`, which is decoded and the server's own. */
export function replace(
  server: Server,
  definition: ResourceDefinition,
  previous: StoredObject,
  object: KubernetesObject,
  subresource: Subresource,
  options: WriteOptions,
): StoredObject {
  setNamespace(definition, object, previous.namespace);
  checkVersion(definition, previous, object);
  const next = merged(definition, previous.object, object, subresource);
  keepServerFields(next, previous.object);
  if (subresource === undefined) definition.strategy.prepareUpdate?.(next, previous.object);
  if (
    definition.countsGenerations &&
    !jsonEqual(counted(definition, next), counted(definition, previous.object))
  ) {
    next.metadata.generation = (previous.object.metadata.generation ?? 0) + 1;
  }
  const errors = problems(definition, next, previous.object);
  if (errors.length > 0) throw invalid(definition, nameOf(next), errors);
  next.metadata.resourceVersion = String(previous.revision);
  if (jsonEqual(next, previous.object)) return previous;
  const collection = server.store.collection(definition.storage);
  if (options.dryRun === true) return new StoredObject(next, previous.revision);
  if (!canGo(next)) return server.store.put(collection, next);
  // Watches are told of the object as it was; the writer is shown what it wrote.
  return new StoredObject(next, server.store.remove(collection, previous).revision);
}

function checkVersion(
  definition: ResourceDefinition,
  previous: StoredObject,
  { metadata }: KubernetesObject,
): void {
  const { name, uid } = previous.object.metadata;
  if (metadata.uid !== undefined && metadata.uid !== uid) {
    throw conflict(
      definition,
      name ?? '',
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid ?? ''}`,
    );
  }
  const version = metadata.resourceVersion ?? '0';
  if (version === '0') {
    if (definition.unconditionalUpdate) return;
    const error = {
      ...invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
      value: '0x0',
    };
    throw invalid({ group: definition.group, kind: definition.plural }, name ?? '', [error]);
  }
  if (version !== String(previous.revision)) throw conflict(definition, name ?? '', modified);
}

/** What the update writes, and of the rest what was there. */
function merged(
  definition: ResourceDefinition,
  previous: KubernetesObject,
  object: KubernetesObject,
  subresource: Subresource,
): KubernetesObject {
  if (subresource === 'status') {
    const base = definition.custom
      ? { ...previous, metadata: { ...previous.metadata } }
      : { ...previous, metadata: object.metadata };
    return withStatus(base, object['status']);
  }
  return definition.statusSubresource ? withStatus(object, previous['status']) : object;
}

function withStatus(object: KubernetesObject, status: unknown): KubernetesObject {
  const { status: _status, ...rest } = object;
  return status === undefined ? rest : { ...rest, status };
}

/** What no update can change. */
function keepServerFields({ metadata }: KubernetesObject, { metadata: before }: KubernetesObject): void {
  const kept: JsonObject = {
    uid: before.uid,
    creationTimestamp: before.creationTimestamp,
    generation: before.generation,
    generateName: metadata.generateName ?? before.generateName,
    deletionTimestamp: before.deletionTimestamp,
    deletionGracePeriodSeconds: before.deletionGracePeriodSeconds,
  };
  for (const [field, value] of Object.entries(kept)) {
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
}

/** What a change of makes a new generation: all but metadata, and but status where that is apart. */
function counted(definition: ResourceDefinition, object: KubernetesObject): JsonObject {
  const { metadata: _metadata, apiVersion: _apiVersion, ...rest } = object;
  if (definition.statusSubresource) delete rest['status'];
  return rest;
}
