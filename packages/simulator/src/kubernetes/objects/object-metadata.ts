/**
 * The rules for `metadata` that hold for every kind.
 *
 * @module
 */
import { type ObjectMeta } from '../api-object.js';
import {
  childPath,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from '../field-error.js';
import { jsonEqual } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { labelValueProblem, qualifiedNameProblem } from './names.js';

const annotationBytes = 256 * 1024;
const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** What is wrong with the metadata of a new or changed object. */
export function metadataProblems(
  metadata: ObjectMeta,
  { namespaced, nameProblem, custom }: Pick<ResourceDefinition, 'namespaced' | 'nameProblem' | 'custom'>,
): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', namespace = '' } = metadata;
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else {
    const problem = nameProblem(name);
    if (problem !== undefined) errors.push(invalidValue('metadata.name', name, problem));
  }
  if (namespaced && namespace === '') errors.push(required('metadata.namespace'));
  errors.push(...labelProblems(metadata.labels ?? {}, 'metadata.labels'));
  errors.push(...annotationProblems(metadata.annotations ?? {}));
  for (const [index, finalizer] of (metadata.finalizers ?? []).entries()) {
    errors.push(...finalizerProblems(finalizer, index, custom));
  }
  for (const [index, reference] of (metadata.ownerReferences ?? []).entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid']) {
      const path = childPath(childPath('metadata.ownerReferences', index), field);
      if (reference[field] === undefined || reference[field] === '') {
        errors.push(
          invalidValue(path, '', field === 'apiVersion' ? 'version must not be empty' : 'must not be empty'),
        );
      }
    }
  }
  return errors;
}

/** What an update of metadata may not do. */
export function metadataChangeProblems(metadata: ObjectMeta, previous: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (previous.deletionTimestamp !== undefined) {
    const added = (metadata.finalizers ?? []).filter((entry) => !(previous.finalizers ?? []).includes(entry));
    if (added.length > 0) {
      const list = `[]string{${added.map((entry) => JSON.stringify(entry)).join(', ')}}`;
      errors.push(
        forbiddenField(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`,
        ),
      );
    }
  }
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    if (!jsonEqual(metadata[field], previous[field])) {
      errors.push(invalidValue(`metadata.${field}`, metadata[field] ?? '', 'field is immutable'));
    }
  }
  return errors;
}

/** What is wrong with labels, wherever they stand. */
export function labelProblems(labels: Readonly<Record<string, string>>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    const keyProblem = qualifiedNameProblem(key);
    if (keyProblem !== undefined) errors.push(invalidValue(path, key, keyProblem));
    const valueProblem = labelValueProblem(value);
    if (valueProblem !== undefined) errors.push(invalidValue(path, value, valueProblem));
  }
  return errors;
}

function annotationProblems(annotations: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    const problem = qualifiedNameProblem(key.toLowerCase());
    if (problem !== undefined) errors.push(invalidValue('metadata.annotations', key, problem));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > annotationBytes) errors.push(tooLong('metadata.annotations', annotationBytes));
  return errors;
}

/** Only on kinds of the server itself must a finalizer be a standard one or have a domain before its slash. */
/** On custom resources a qualified name is enough; on built-in kinds one without a domain must be a known one. */
function finalizerProblems(finalizer: string, index: number, custom: boolean): FieldError[] {
  const problem = qualifiedNameProblem(finalizer);
  if (problem !== undefined) return [invalidValue('metadata.finalizers', finalizer, problem)];
  if (custom || finalizer.includes('/') || standardFinalizers.has(finalizer)) return [];
  return [
    invalidValue(
      childPath('metadata.finalizers', index),
      finalizer,
      'name is neither a standard finalizer name nor is it fully qualified',
    ),
  ];
}
