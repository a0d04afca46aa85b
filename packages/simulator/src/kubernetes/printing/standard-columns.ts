/**
 * The columns that many kinds share.
 *
 * @module
 */
import { type KubernetesObject, nameOf } from '../api-object.js';
import { arrayAt, isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../json.js';
import { type Column } from './column.js';
import { ageSince } from './human-duration.js';

/** A column of text (or of whatever `cell` returns). */
export function column(
  name: string,
  cell: Column['cell'],
  priority = 0,
  type: Column['type'] = 'string',
): Column {
  return { name, type, priority, cell };
}

/** The name of the object; `format: name` tells kubectl which column that is. */
export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  description: 'Name must be unique within a namespace.',
  cell: nameOf,
};

/** How long the object has been there. */
export const ageColumn: Column = column('Age', (object, now) =>
  ageSince(object.metadata.creationTimestamp, now),
);

/** For kinds that have no columns of their own. */
export const plainColumns: readonly Column[] = [
  nameColumn,
  {
    name: 'Created At',
    type: 'date',
    priority: 0,
    cell: (object) => object.metadata.creationTimestamp ?? '',
  },
];

/** A number in `status` or `spec`. */
export function count(name: string, ...path: [part: string, field: string]): Column {
  const [part, field] = path;
  return column(name, (object) => numberAt(objectAt(object, part), field), 0, 'integer');
}

/** Names and images of the containers in a pod template, and the selector, for `-o wide`. */
export const templateColumns: readonly Column[] = [
  column('Containers', (object) => containerTexts(object, 'name'), 1),
  column('Images', (object) => containerTexts(object, 'image'), 1),
  column('Selector', (object) => selectorText(objectAt(object, 'spec', 'selector')), 1),
];

function containerTexts(object: KubernetesObject, field: string): string {
  return arrayAt(objectAt(object, 'spec', 'template', 'spec'), 'containers')
    .map((container) => stringAt(container, field))
    .join(',');
}

/** A label selector as an object, as text. */
export function selectorText(selector: JsonObject): string {
  const labels = Object.entries(objectAt(selector, 'matchLabels')).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  const expressions = arrayAt(selector, 'matchExpressions')
    .filter(isJsonObject)
    .map(({ key, operator, values }) => {
      const list = Array.isArray(values) ? ` (${values.join(',')})` : '';
      const negated = operator === 'DoesNotExist' ? '!' : '';
      const word = operator === 'In' ? ' in' : operator === 'NotIn' ? ' notin' : '';
      return `${negated}${String(key)}${word}${list}`;
    });
  const text = [...labels.sort(), ...expressions].join(',');
  return text === '' ? '<none>' : text;
}
