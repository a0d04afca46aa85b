/**
 * Dropping of fields that a schema doesn't name.
 *
 * @module
 */
import { childPath } from '../field-error.js';
import { isJsonObject, type JsonObject } from '../json.js';
import { rootFields, type Schema } from './schema.js';

/**
 * Takes out of `object` (which it changes) what `schema` doesn't name, and returns the paths of it. Below
 * `x-kubernetes-preserve-unknown-fields` unknown fields stay, and known ones are still looked into.
 */
export function prune(schema: Schema, object: JsonObject): string[] {
  const unknown: string[] = [];
  pruneObject(schema, object, '', rootFields, unknown);
  return unknown;
}

const none: ReadonlySet<string> = new Set();

function pruneValue(schema: Schema, value: unknown, path: string, unknown: string[]): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined) {
      value.forEach((entry, index) => pruneValue(items, entry, childPath(path, index), unknown));
    }
  } else if (isJsonObject(value)) {
    pruneObject(
      schema,
      value,
      path,
      schema['x-kubernetes-embedded-resource'] === true ? rootFields : none,
      unknown,
    );
  }
}

function pruneObject(
  schema: Schema,
  object: JsonObject,
  path: string,
  always: ReadonlySet<string>,
  unknown: string[],
): void {
  const { properties = {}, additionalProperties: additional } = schema;
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true || additional === true;
  for (const [field, value] of Object.entries(object)) {
    const known = Object.hasOwn(properties, field) ? properties[field] : undefined;
    const fieldSchema = known ?? (typeof additional === 'object' ? additional : undefined);
    if (always.has(field)) continue;
    if (fieldSchema !== undefined) pruneValue(fieldSchema, value, childPath(path, field), unknown);
    else if (!keepsUnknown) {
      delete object[field];
      unknown.push(childPath(path, field));
    }
  }
}
