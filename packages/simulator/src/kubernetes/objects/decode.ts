/**
 * From what a caller sends to an object of the kind: the boundary where shapes are checked, unknown fields dropped and
 * defaults filled in.
 *
 * @module
 */
import { apiVersionOf, type KubernetesObject } from '../api-object.js';
import { invalidValue } from '../field-error.js';
import { cloneJson, isJsonObject, type JsonObject, stringAt, textOf } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { applyDefaults } from '../schema/defaulting.js';
import { prune } from '../schema/pruning.js';
import { badRequest, invalid } from '../status-error.js';
import { DecodeFailure, decodeMetadata, jsonType } from './decode-metadata.js';
import { type WriteOptions } from './server.js';

/**
 * A copy of `input` as an object of the kind, in its stored form, that the server may change.
 *
 * @throws StatusError 400 where it is not one, or has unknown fields and these are not allowed; 422 where it is a
 * custom resource of another kind
 */
export function decode(
  definition: ResourceDefinition,
  input: unknown,
  options: WriteOptions,
): KubernetesObject {
  const { kind, version } = definition;
  if (!isJsonObject(input)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(input)} into Go value of type struct`,
    );
  }
  checkKind(definition, input);
  try {
    return decodeFields(definition, input, options);
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`);
  }
}

/**
 * The same for the result of a patch, which is known to be of the kind.
 *
 * @throws StatusError 422 where it is not as its kind must be
 */
export function decodePatched(
  definition: ResourceDefinition,
  patched: JsonObject,
  options: WriteOptions,
): KubernetesObject {
  try {
    return decodeFields(definition, patched, options);
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    throw invalid({ group: '', kind: '' }, '', [
      invalidValue('patch', JSON.stringify(patched), error.message),
    ]);
  }
}

/** Built-in kinds may leave out what the path says already; custom ones must repeat it. */
function checkKind(definition: ResourceDefinition, input: JsonObject): void {
  const { kind, group, version, custom } = definition;
  const expected = apiVersionOf(group, version);
  const givenKind = textOf(input['kind'] ?? '');
  const givenVersion = textOf(input['apiVersion'] ?? '');
  if (custom && givenKind === '') {
    const body = JSON.stringify(input);
    const shown = body.length > 30 ? `${body.slice(0, 30)} ...` : body;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): Object 'Kind' is missing in '${body}' (${shown})`,
    );
  }
  if (givenVersion !== expected && (custom || givenVersion !== '')) {
    throw badRequest(
      `the API version in the data (${givenVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (givenKind === kind || givenKind === '') return;
  if (!custom) {
    throw badRequest(
      `${givenKind} in version "${version}" cannot be handled as a ${kind}: the kind in the data does not match the expected kind`,
    );
  }
  const name = stringAt(input['metadata'], 'name');
  throw invalid({ group, kind: givenKind }, name, [invalidValue('kind', givenKind, `must be ${kind}`)]);
}

function decodeFields(
  definition: ResourceDefinition,
  input: JsonObject,
  options: WriteOptions,
): KubernetesObject {
  const { kind, group, version, schema } = definition;
  const unknown: string[] = [];
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = cloneJson(input);
  const object: KubernetesObject = {
    apiVersion: apiVersionOf(group, version),
    kind,
    metadata: decodeMetadata(metadata ?? {}, unknown),
    ...rest,
  };
  if (schema !== undefined) {
    unknown.push(...prune(schema, object));
    applyDefaults(schema, object);
  }
  reportUnknown(unknown, options);
  const stored = definition.conversion?.toStored(object) ?? object;
  const mistake = definition.strategy.typeProblem?.(stored);
  if (mistake !== undefined) throw new DecodeFailure(mistake);
  return stored;
}

function reportUnknown(unknown: readonly string[], options: WriteOptions): void {
  if (unknown.length === 0 || options.fieldValidation === 'Ignore') return;
  const texts = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  if (options.fieldValidation === 'Strict') {
    throw new DecodeFailure(`strict decoding error: ${texts.join(', ')}`);
  }
  for (const text of texts) options.warn?.(text);
}
