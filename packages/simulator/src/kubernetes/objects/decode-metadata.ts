/**
 * The shape of `metadata`, which is the same for every kind.
 *
 * @module
 */
import { isJsonObject, type JsonObject } from '../json.js';

/** A body that is not of the kind; the caller knows how to answer that. */
export class DecodeFailure extends Error {
  override readonly name = 'DecodeFailure';
}

const shapes: Readonly<Record<string, 'string' | 'number' | 'strings' | 'map' | 'objects'>> = {
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

/** Who wrote which field is not kept; that it is sent is no mistake. */
const ignored = 'managedFields';

/**
 * The known fields, each of its type; `null` and what is empty are as good as absent. The paths of unknown fields go
 * to `unknown`.
 *
 * @throws DecodeFailure where a field is of another type
 */
export function decodeMetadata(metadata: unknown, unknown: string[]): JsonObject {
  if (!isJsonObject(metadata)) throw wrongType(metadata, 'metadata', 'v1.ObjectMeta');
  const decoded: JsonObject = {};
  for (const [field, value] of Object.entries(metadata)) {
    const shape = Object.hasOwn(shapes, field) ? shapes[field] : undefined;
    if (shape === undefined && field !== ignored) unknown.push(`metadata.${field}`);
    if (shape === undefined || value === undefined || value === null || value === '') continue;
    checkShape(value, shape, `ObjectMeta.metadata.${field}`);
    if (!Array.isArray(value) || value.length > 0) decoded[field] = value;
  }
  return decoded;
}

function checkShape(value: unknown, shape: (typeof shapes)[string], path: string): void {
  switch (shape) {
    case 'string':
      if (typeof value !== 'string') throw wrongType(value, path, 'string');
      return;
    case 'number':
      if (typeof value !== 'number') throw wrongType(value, path, 'int64');
      return;
    case 'map':
      if (!isJsonObject(value)) throw wrongType(value, path, 'map[string]string');
      return Object.values(value).forEach((entry) => checkShape(entry, 'string', path));
    case 'strings':
      if (!Array.isArray(value)) throw wrongType(value, path, '[]string');
      return value.forEach((entry) => checkShape(entry, 'string', path));
    case 'objects':
      if (!Array.isArray(value)) throw wrongType(value, path, '[]v1.OwnerReference');
      for (const entry of value) if (!isJsonObject(entry)) throw wrongType(entry, path, 'v1.OwnerReference');
  }
}

function wrongType(value: unknown, path: string, type: string): DecodeFailure {
  return new DecodeFailure(
    `json: cannot unmarshal ${jsonType(value)} into Go struct field ${path} of type ${type}`,
  );
}

/** What Go calls the type of a JSON value. */
export function jsonType(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
