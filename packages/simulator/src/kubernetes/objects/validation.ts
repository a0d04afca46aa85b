/**
 * All that can be wrong with an object, from the rules for every kind to those of its own.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { type FieldError } from '../field-error.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { schemaProblems } from '../schema/validation.js';
import { metadataChangeProblems, metadataProblems } from './object-metadata.js';

/** What is wrong with `object`, which replaces `previous` unless it is new. */
export function problems(
  definition: ResourceDefinition,
  object: KubernetesObject,
  previous: KubernetesObject | undefined,
): FieldError[] {
  const { strategy, schema } = definition;
  return [
    ...metadataProblems(object.metadata, definition),
    ...(previous === undefined ? [] : metadataChangeProblems(object.metadata, previous.metadata)),
    ...(schema === undefined ? [] : schemaProblems(schema, object)),
    ...(strategy.validate?.(object, previous) ?? []),
  ];
}
