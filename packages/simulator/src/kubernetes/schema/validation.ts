/**
 * Validation of an object against the schema of its kind, with the words of Kubernetes.
 *
 * @module
 */
import {
  childPath,
  type FieldError,
  invalidValue,
  printed,
  required,
  tooLong,
  tooMany,
  unsupportedValue,
} from '../field-error.js';
import { isJsonObject, type JsonObject, jsonEqual } from '../json.js';
import { duplicateItems } from './list-types.js';
import { rootFields, type Schema } from './schema.js';

/** What in `object` breaks `schema`. */
export function schemaProblems(schema: Schema, object: JsonObject): FieldError[] {
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).filter(([field]) => !rootFields.has(field)),
  );
  return check({ ...schema, properties }, object, '');
}

function check(schema: Schema, value: unknown, path: string): FieldError[] {
  if (value === null && schema.nullable === true) return [];
  const wrongType = typeProblem(schema, value, path);
  if (wrongType !== undefined) return [wrongType];
  const errors = [...combinationProblems(schema, value, path)];
  if (schema.enum?.some((entry) => jsonEqual(entry, value)) === false) {
    errors.push(unsupportedValue(path, value, schema.enum.map(String)));
  }
  if (typeof value === 'string') errors.push(...textProblems(schema, value, path));
  else if (typeof value === 'number') errors.push(...numberProblems(schema, value, path));
  else if (Array.isArray(value)) errors.push(...listProblems(schema, value, path));
  else if (isJsonObject(value)) errors.push(...objectProblems(schema, value, path));
  return errors;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeProblem(schema: Schema, value: unknown, path: string): FieldError | undefined {
  const actual = typeName(value);
  if (schema['x-kubernetes-int-or-string'] === true) {
    if (actual === 'integer' || actual === 'string') return undefined;
    return wrongType(path, 'integer,string', actual);
  }
  const { type } = schema;
  if (type === undefined || type === actual || (type === 'number' && actual === 'integer')) return undefined;
  return wrongType(path, type, actual);
}

function wrongType(path: string, type: string, actual: string): FieldError {
  const detail = `${path} in body must be of type ${type}: ${printed(actual)}`;
  return { field: path === '' ? '<nil>' : path, type: 'type', value: printed(actual), detail };
}

function textProblems(schema: Schema, value: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const length = [...value].length;
  if (schema.maxLength !== undefined && length > schema.maxLength)
    errors.push(tooLong(path, schema.maxLength));
  if (schema.minLength !== undefined && length < schema.minLength) {
    errors.push(
      invalidValue(path, value, `${path} in body should be at least ${schema.minLength} chars long`),
    );
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) {
    errors.push(invalidValue(path, value, `${path} in body should match '${schema.pattern}'`));
  }
  if (schema.format === 'date-time' && !isDateTime(value)) {
    const detail = `${path} in body must be of type date-time: ${printed(value)}`;
    errors.push({ field: path, type: 'type', value: printed(value), detail });
  }
  return errors;
}

/** RFC 3339, with or without a fraction of a second. */
function isDateTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text) && !Number.isNaN(Date.parse(text))
  );
}

function numberProblems(schema: Schema, value: number, path: string): FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const errors: FieldError[] = [];
  const wrong = (words: string): number =>
    errors.push(invalidValue(path, value, `${path} in body should be ${words}`));
  if (minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    wrong(`greater than ${exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`);
  }
  if (maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    wrong(`less than ${exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`);
  }
  if (multipleOf !== undefined && value % multipleOf !== 0) wrong(`a multiple of ${multipleOf}`);
  return errors;
}

function listProblems(schema: Schema, value: readonly unknown[], path: string): FieldError[] {
  const { items, minItems, maxItems, uniqueItems } = schema;
  const errors: FieldError[] = [];
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  if (minItems !== undefined && value.length < minItems) {
    errors.push(invalidValue(path, value.length, `${path} in body should have at least ${minItems} items`));
  }
  const repeats = value.some((entry, index) =>
    value.slice(0, index).some((before) => jsonEqual(before, entry)),
  );
  if (uniqueItems === true && repeats) {
    errors.push(invalidValue(path, value, `${path} in body shouldn't contain duplicates`));
  }
  errors.push(...duplicateItems(schema, value, path));
  if (items !== undefined) {
    errors.push(...value.flatMap((entry, index) => check(items, entry, childPath(path, index))));
  }
  return errors;
}

function objectProblems(schema: Schema, value: JsonObject, path: string): FieldError[] {
  const { properties = {}, additionalProperties: additional, minProperties, maxProperties } = schema;
  const errors: FieldError[] = [];
  const count = Object.keys(value).length;
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties));
  if (minProperties !== undefined && count < minProperties) {
    errors.push(
      invalidValue(path, value, `${path} in body should have at least ${minProperties} properties`),
    );
  }
  for (const field of schema.required ?? []) {
    if (!Object.hasOwn(value, field)) errors.push(required(childPath(path, field)));
  }
  for (const [field, entry] of Object.entries(value)) {
    const known = Object.hasOwn(properties, field) ? properties[field] : undefined;
    const fieldSchema = known ?? (typeof additional === 'object' ? additional : undefined);
    if (fieldSchema !== undefined) errors.push(...check(fieldSchema, entry, childPath(path, field)));
  }
  return errors;
}

function combinationProblems(schema: Schema, value: unknown, path: string): FieldError[] {
  const errors = (schema.allOf ?? []).flatMap((part) => check(part, value, path));
  const fits = (part: Schema): boolean => check(part, value, path).length === 0;
  if (schema.anyOf?.some(fits) === false) {
    errors.push(invalidValue(path, value, `${path} in body must validate at least one schema (anyOf)`));
  }
  if (schema.oneOf !== undefined && schema.oneOf.filter(fits).length !== 1) {
    errors.push(invalidValue(path, value, `${path} in body must validate one and only one schema (oneOf)`));
  }
  if (schema.not !== undefined && fits(schema.not)) {
    errors.push(invalidValue(path, value, `${path} in body must not validate the schema (not)`));
  }
  return errors;
}
