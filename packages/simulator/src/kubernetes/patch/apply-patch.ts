/**
 * Applies a patch of any of the accepted formats.
 *
 * @module
 */
import jsonPatch from 'fast-json-patch';
import { isJsonObject, type JsonObject } from '../json.js';
import { badRequest, unprocessable, unsupportedMediaType } from '../status-error.js';
import { mergePatch } from './merge-patch.js';
import { strategicMergePatch } from './strategic-merge-patch.js';

/** The formats of patches by their content type. */
export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/** A content type of {@link patchTypes}. */
export type PatchType = (typeof patchTypes)[keyof typeof patchTypes];

/** The content types that a kind accepts; server-side apply is not offered, and custom resources have no strategy. */
export function acceptedPatchTypes(custom: boolean): PatchType[] {
  return custom ? [patchTypes.json, patchTypes.merge] : Object.values(patchTypes);
}

/**
 * The patched document; `document` itself stays as it is.
 *
 * @param type - a content type, of which {@link acceptedPatchTypes} are taken
 * @throws StatusError 400 (not a patch), 415 (format not taken), 422 (the patch doesn't fit the document)
 */
export function applyPatch(document: JsonObject, type: string, patch: unknown, custom: boolean): unknown {
  const accepted = acceptedPatchTypes(custom);
  const format = accepted.find((candidate) => candidate === type);
  if (format === undefined) throw unsupportedMediaType(accepted);
  if (format === patchTypes.json) return applyJsonPatch(document, patch);
  if (!isJsonObject(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal value into Go value of type map[string]interface {}',
    );
  }
  return format === patchTypes.merge ? mergePatch(document, patch) : strategicMergePatch(document, patch);
}

function applyJsonPatch(document: JsonObject, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    );
  }
  try {
    return jsonPatch.applyPatch(structuredClone(document), patch as jsonPatch.Operation[], true, true)
      .newDocument;
  } catch (error) {
    if (error instanceof jsonPatch.JsonPatchError) throw unprocessable();
    throw error;
  }
}
