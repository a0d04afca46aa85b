/**
 * Which objects a list, a watch or the deletion of a collection is about.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { parseFieldSelector } from '../selection/field-selector.js';
import { parseLabelSelector } from '../selection/label-selector.js';
import { type SelectionOptions } from './list-options.js';

/** What both selectors together select. */
export interface Selection {
  /** Whether a stored object is selected; absent where all are. */
  readonly matches: ((object: KubernetesObject) => boolean) | undefined;
  /** The only name that can be selected, where the selectors say so. */
  readonly name: string | undefined;
}

/**
 * Parses both selectors.
 *
 * @throws StatusError 400 where one is not a selector of this kind
 */
export function selection(definition: ResourceDefinition, options: SelectionOptions): Selection {
  const { labelSelector = '', fieldSelector = '' } = options;
  const fields =
    fieldSelector === ''
      ? undefined
      : parseFieldSelector(fieldSelector, definition.selectableFields, definition.unsupportedField);
  const labels = labelSelector === '' ? undefined : parseLabelSelector(labelSelector);
  if (fields === undefined && labels === undefined) return { matches: undefined, name: undefined };
  return {
    matches: (object) =>
      (labels?.(object.metadata.labels ?? {}) ?? true) && (fields?.matches(object) ?? true),
    name: fields?.name,
  };
}
