/**
 * The columns that a CustomResourceDefinition asks for (`additionalPrinterColumns`).
 *
 * @module
 */
import { type JsonObject, numberAt, stringAt } from '../json.js';
import { type Column } from './column.js';
import { ageSince } from './human-duration.js';
import { readPath } from './json-path.js';
import { ageColumn, nameColumn } from './standard-columns.js';

/** The name, then what the definition says; where it says nothing, the age. */
export function customColumns(printer: readonly JsonObject[]): readonly Column[] {
  return [nameColumn, ...(printer.length === 0 ? [ageColumn] : printer.map(customColumn))];
}

function customColumn(printer: JsonObject): Column {
  const type = stringAt(printer, 'type') as Column['type'];
  const path = stringAt(printer, 'jsonPath');
  const format = stringAt(printer, 'format');
  const description = stringAt(printer, 'description');
  return {
    name: stringAt(printer, 'name'),
    type,
    priority: numberAt(printer, 'priority'),
    ...(format !== '' && { format }),
    ...(description !== '' && { description }),
    cell: (object, now) => cellOf(type, readPath(object, path), now),
  };
}

/** A value that is not of the column's type is not shown. */
function cellOf(type: Column['type'], values: readonly unknown[], now: number): unknown {
  const [value] = values;
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageSince(value, now) : null;
    case 'string':
      return values.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry))).join(' ');
  }
}
