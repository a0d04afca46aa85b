/**
 * Plain JSON values: copy, freeze and compare. Stored objects are frozen, so that a reader in the same process can be
 * handed the stored value itself.
 *
 * @module
 */

/** A JSON object whose fields are not known. */
export type JsonObject = Record<string, unknown>;

/** Whether `value` is a JSON object (not an array, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in `field` of `value`, or an empty one: for reading what may be absent or of another shape. */
export function objectAt(value: unknown, ...path: string[]): JsonObject {
  let current = value;
  for (const field of path) current = isJsonObject(current) ? current[field] : undefined;
  return isJsonObject(current) ? current : {};
}

/** The array in `field` of `value`, or an empty one. */
export function arrayAt(value: unknown, field: string): unknown[] {
  const found = isJsonObject(value) ? value[field] : undefined;
  return Array.isArray(found) ? found : [];
}

/** The string in `field` of `value`, or `''`. */
export function stringAt(value: unknown, field: string): string {
  const found = isJsonObject(value) ? value[field] : undefined;
  return typeof found === 'string' ? found : '';
}

/** The number in `field` of `value`, or 0. */
export function numberAt(value: unknown, field: string): number {
  const found = isJsonObject(value) ? value[field] : undefined;
  return typeof found === 'number' ? found : 0;
}

/** A value as it stands in a message: text as it is, the rest as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null');
}

/** A deep copy without what JSON has no word for (`undefined` fields are left out). */
export function cloneJson<T>(value: T): T {
  return clone(value) as T;
}

function clone(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(clone);
  if (value instanceof Date) return value.toISOString();
  const copy: JsonObject = {};
  for (const [field, entry] of Object.entries(value)) {
    if (entry !== undefined) copy[field] = clone(entry);
  }
  return copy;
}

/** Freezes `value` and all in it. What is frozen already is taken to be frozen all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const entry of Object.values(value)) deepFreeze(entry);
  }
  return value;
}

/** Whether two JSON values are equal, whatever the order of fields. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((entry, index) => jsonEqual(entry, b[index]))
    );
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  const fields = Object.keys(left);
  return (
    fields.length === Object.keys(right).length &&
    fields.every((field) => Object.hasOwn(right, field) && jsonEqual(left[field], right[field]))
  );
}
