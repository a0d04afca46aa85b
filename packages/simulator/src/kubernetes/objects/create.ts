/**
 * Creation of an object.
 *
 * @module
 */
import { type KubernetesObject, nameOf, timestamp } from '../api-object.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { alreadyExists, badRequest, failure, invalid, notFound } from '../status-error.js';
import { StoredObject } from '../store/stored-object.js';
import { admit } from './admission.js';
import { decode } from './decode.js';
import { generateName } from './generated-name.js';
import { type Server, type WriteOptions } from './server.js';
import { problems } from './validation.js';

/**
 * Creates an object from what a caller sends.
 *
 * @param namespace - the namespace of the request; the object may repeat it but not name another
 * @throws StatusError 400, 403, 404 (no such namespace), 409 (name taken), 422
 */
export function createObject(
  server: Server,
  definition: ResourceDefinition,
  namespace: string | undefined,
  input: unknown,
  options: WriteOptions,
): StoredObject {
  return createDecoded(server, definition, namespace, decode(definition, input, options), options);
}

/** The same for an object that is decoded and the server's own. */
export function createDecoded(
  server: Server,
  definition: ResourceDefinition,
  namespace: string | undefined,
  object: KubernetesObject,
  options: WriteOptions,
): StoredObject {
  const { metadata } = object;
  setNamespace(definition, object, namespace);
  if (metadata.resourceVersion !== undefined) {
    throw failure(500, undefined, 'resourceVersion should not be set on objects to be created', undefined);
  }
  for (const field of ['generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink']) {
    delete metadata[field];
  }
  metadata.uid = server.random.uuid();
  metadata.creationTimestamp = timestamp(server.clock.now());
  if (definition.countsGenerations) metadata.generation = 1;
  const generated = metadata.name === undefined && metadata.generateName !== undefined;
  if (generated) metadata.name = generateName(server.random, metadata.generateName ?? '');
  // A kind with rules of its own sets its first status itself.
  if (definition.strategy.prepareCreate !== undefined) definition.strategy.prepareCreate(object);
  else if (definition.statusSubresource) delete object['status'];
  admit(server, definition, object);
  const errors = problems(definition, object, undefined);
  if (errors.length > 0) throw invalid(definition, nameOf(object), errors);
  const collection = server.store.collection(definition.storage);
  const taken = collection.get(metadata.namespace ?? '', nameOf(object));
  if (taken !== undefined) {
    throw alreadyExists(definition, nameOf(object), taken.object.metadata.deletionTimestamp !== undefined);
  }
  if (options.dryRun === true) return new StoredObject(object, 0);
  return server.store.put(collection, object);
}

/** The object is in the namespace of the request, or in none. */
export function setNamespace(
  definition: ResourceDefinition,
  { metadata }: KubernetesObject,
  namespace: string | undefined,
): void {
  if (!definition.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (namespace === undefined || namespace === '') throw notFound(definition, metadata.name ?? '');
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata.namespace = namespace;
}
