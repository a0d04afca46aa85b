/**
 * Defaults of a schema.
 *
 * @module
 */
import { cloneJson, isJsonObject } from '../json.js';
import { type Schema } from './schema.js';

/**
 * Fills into `value` (which it changes) what `schema` has a default for. A `null` where none may be is taken
 * for absent.
 */
export function applyDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const entry of value) applyDefaults(schema.items, entry);
    return;
  }
  if (!isJsonObject(value)) return;
  const { properties = {}, additionalProperties: additional } = schema;
  for (const [field, property] of Object.entries(properties)) {
    if (value[field] === null && property.nullable !== true) delete value[field];
    if (value[field] === undefined && property.default !== undefined)
      value[field] = cloneJson(property.default);
    if (value[field] !== undefined) applyDefaults(property, value[field]);
  }
  if (typeof additional !== 'object') return;
  for (const [field, entry] of Object.entries(value)) {
    if (Object.hasOwn(properties, field)) continue;
    if (entry === null && additional.nullable !== true) delete value[field];
    else applyDefaults(additional, entry);
  }
}
