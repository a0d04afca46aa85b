/**
 * JSON merge patch (RFC 7386).
 *
 * @module
 */
import { isJsonObject, type JsonObject } from '../json.js';

/** `target` with `patch` merged into it: objects field by field, `null` removes, anything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}
