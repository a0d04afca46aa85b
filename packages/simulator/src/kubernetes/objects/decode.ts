/**
 * From what a caller sends to an object of the kind: the boundary where shapes are checked, unknown fields dropped and
 * defaults filled in.
 *
 * @module
 */
import { apiVersionOf, type KubernetesObject } from '../api-object.js';
import { cloneJson, isJsonObject, type JsonObject, textOf } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { applyDefaults } from '../schema/defaulting.js';
import { prune } from '../schema/pruning.js';
import { badRequest, type StatusError } from '../status-error.js';
import { type WriteOptions } from './server.js';

/**
 * A copy of `input` as an object of the kind, in its stored form, that the server may change.
 *
 * @throws StatusError 400 where it is not one, or has unknown fields and these are not allowed
 */
export function decode(
  definition: ResourceDefinition,
  input: unknown,
  options: WriteOptions,
): KubernetesObject {
  const { kind, group, version } = definition;
  if (!isJsonObject(input)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(input)} into Go value of type struct`,
    );
  }
  const apiVersion = apiVersionOf(group, version);
  const given = { apiVersion: input['apiVersion'] ?? apiVersion, kind: input['kind'] ?? kind };
  if (given.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${textOf(given.apiVersion)}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (given.kind !== kind) {
    throw badRequest(
      `${textOf(given.kind)} in version "${version}" cannot be handled as a ${kind}: the kind in the data does not match the expected kind`,
    );
  }
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = cloneJson(input);
  const object: KubernetesObject = {
    apiVersion,
    kind,
    metadata: decodeMetadata(definition, metadata ?? {}),
    ...rest,
  };
  dropUnknown(definition, object, options);
  if (definition.schema !== undefined) applyDefaults(definition.schema, object);
  return definition.conversion?.toStored(object) ?? object;
}

function dropUnknown(definition: ResourceDefinition, object: KubernetesObject, options: WriteOptions): void {
  if (definition.schema === undefined) return;
  const unknown = prune(definition.schema, object).map((path) => `unknown field ${JSON.stringify(path)}`);
  if (unknown.length === 0 || options.fieldValidation === 'Ignore') return;
  if (options.fieldValidation === 'Strict') {
    throw cannotBeHandled(definition, `strict decoding error: ${unknown.join(', ')}`);
  }
  for (const text of unknown) options.warn?.(text);
}

/** 400 in the words that the real server has for a body that is not of the kind. */
function cannotBeHandled({ kind, version }: ResourceDefinition, cause: string): StatusError {
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${cause}`);
}

const metadataShapes: Readonly<Record<string, 'string' | 'number' | 'strings' | 'map' | 'objects'>> = {
  name: 'string',
  generateName: 'string',
  namespace: 'string',
  selfLink: 'string',
  uid: 'string',
  resourceVersion: 'string',
  generation: 'number',
  creationTimestamp: 'string',
  deletionTimestamp: 'string',
  deletionGracePeriodSeconds: 'number',
  labels: 'map',
  annotations: 'map',
  finalizers: 'strings',
  ownerReferences: 'objects',
};

/** Known fields of the right type; unknown ones are dropped, `null` is as good as absent. */
function decodeMetadata(definition: ResourceDefinition, metadata: unknown): JsonObject {
  if (!isJsonObject(metadata)) throw wrongType(definition, metadata, 'metadata', 'v1.ObjectMeta');
  const decoded: JsonObject = {};
  for (const [field, shape] of Object.entries(metadataShapes)) {
    const value = metadata[field];
    if (value === undefined || value === null) continue;
    const path = `ObjectMeta.metadata.${field}`;
    if (shape === 'string' || shape === 'number') {
      if (typeof value !== shape)
        throw wrongType(definition, value, path, shape === 'number' ? 'int64' : 'string');
    } else if (shape === 'map') {
      if (!isJsonObject(value)) throw wrongType(definition, value, path, 'map[string]string');
      for (const entry of Object.values(value)) {
        if (typeof entry !== 'string') throw wrongType(definition, entry, path, 'string');
      }
    } else {
      if (!Array.isArray(value)) throw wrongType(definition, value, path, '[]string');
      const wrong: unknown = value.find((entry) =>
        shape === 'strings' ? typeof entry !== 'string' : !isJsonObject(entry),
      );
      if (wrong !== undefined) throw wrongType(definition, wrong, path, 'string');
      if (value.length === 0) continue;
    }
    if (value !== '') decoded[field] = value;
  }
  return decoded;
}

function wrongType(definition: ResourceDefinition, value: unknown, path: string, type: string): StatusError {
  return cannotBeHandled(
    definition,
    `json: cannot unmarshal ${jsonType(value)} into Go struct field ${path} of type ${type}`,
  );
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
