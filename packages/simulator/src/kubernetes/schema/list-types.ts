/**
 * Lists that are sets, or maps by some fields of their items: no two items may be the same.
 *
 * @module
 */
import { childPath, duplicateValue, type FieldError } from '../field-error.js';
import { isJsonObject } from '../json.js';
import { type Schema } from './schema.js';

/** The items that are there twice. */
export function duplicateItems(schema: Schema, value: readonly unknown[], path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Set<string>();
  return value.flatMap((item, index) => {
    const identity =
      type === 'map' && isJsonObject(item) ? Object.fromEntries(keys.map((key) => [key, item[key]])) : item;
    const text = JSON.stringify(identity);
    if (seen.has(text)) return [duplicateValue(childPath(path, index), identity)];
    seen.add(text);
    return [];
  });
}
