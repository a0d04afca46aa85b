/**
 * Tables: what `kubectl get` asks for, so that the server decides what is shown.
 *
 * @module
 */
import { type KubernetesObject } from '../api-object.js';
import { badRequest } from '../status-error.js';
import { type JsonObject } from '../json.js';
import { type Column } from './column.js';

/** What of each object goes into its row, beside the cells. */
export type IncludedObject = 'None' | 'Metadata' | 'Object';

/**
 * Reads `includeObject`; `Metadata` where it is absent.
 *
 * @throws StatusError 400
 */
export function includedObject(text: string | null): IncludedObject {
  switch (text) {
    case null:
    case '':
    case 'Metadata':
      return 'Metadata';
    case 'None':
    case 'Object':
      return text;
    default:
      throw badRequest(`unrecognized includeObject value: ${JSON.stringify(text)}`);
  }
}

/** A table of objects; `headings` may be left out in the events of a watch after the first. */
export function table(
  columns: readonly Column[],
  objects: readonly KubernetesObject[],
  metadata: JsonObject,
  included: IncludedObject,
  now: number,
  headings = true,
): JsonObject {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: headings ? columns.map(heading) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      object: included === 'None' ? null : included === 'Object' ? object : partial(object),
    })),
  };
}

function heading({ name, type, format = '', description = '', priority }: Column): JsonObject {
  return { name, type, format, description, priority };
}

function partial({ metadata }: KubernetesObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
