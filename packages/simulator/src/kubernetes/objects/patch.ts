/**
 * Change of a part of an object.
 *
 * @module
 */
import { type KubernetesObject, type ObjectKey } from '../api-object.js';
import { isJsonObject, type JsonObject, textOf } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { applyPatch } from '../patch/apply-patch.js';
import { badRequest, notFound, unprocessable } from '../status-error.js';
import { type StoredObject } from '../store/stored-object.js';
import { decodePatched } from './decode.js';
import { type Server, type WriteOptions } from './server.js';
import { replace, type Subresource } from './update.js';

/** A patch and the format that it is in. */
export interface Patch {
  /** The content type: see {@link applyPatch}. */
  readonly type: string;
  readonly body: unknown;
}

/**
 * Patches the object named `key`, or its status. A resource version in the patched object that is not the current one
 * is a conflict, as in an update; a patch that names none applies to whatever is there.
 *
 * @throws StatusError 400, 404, 409, 415, 422
 */
export function patchObject(
  server: Server,
  definition: ResourceDefinition,
  key: ObjectKey,
  patch: Patch,
  subresource: Subresource,
  options: WriteOptions,
): StoredObject {
  const previous = server.store.collection(definition.storage).get(key.namespace ?? '', key.name);
  if (previous === undefined) throw notFound(definition, key.name);
  const current = definition.conversion?.fromStored(previous.object) ?? previous.object;
  const patched = applyPatch(current, patch.type, patch.body, definition.custom);
  if (!isJsonObject(patched)) throw unprocessable();
  checkIdentity(current, patched);
  const object = decodePatched(definition, patched, options);
  object.metadata.resourceVersion ??= String(previous.revision);
  return replace(server, definition, previous, object, subresource, options);
}

/** A patch cannot make another object of this one. */
function checkIdentity(current: KubernetesObject, patched: JsonObject): void {
  const metadata: unknown = patched['metadata'];
  if (!isJsonObject(metadata)) return;
  const { name } = current.metadata;
  if (metadata['name'] !== undefined && metadata['name'] !== name) {
    throw badRequest(
      `the name of the object (${textOf(metadata['name'])}) does not match the name on the URL (${name ?? ''})`,
    );
  }
}
