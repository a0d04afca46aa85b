import { describe, expect, it } from 'vitest';
import { fieldErrorMessage } from '../field-error.js';
import { type Schema } from './schema.js';
import { schemaProblems } from './validation.js';

const problems = (property: Schema, value: unknown): string[] =>
  schemaProblems({ type: 'object', properties: { f: property } }, { f: value }).map(
    (error) => `${error.field}: ${fieldErrorMessage(error)}`,
  );

describe('schemaProblems', () => {
  it.each<[Schema, unknown, string]>([
    [{ type: 'integer' }, 'x', 'f: Invalid value: "string": f in body must be of type integer: "string"'],
    [{ type: 'integer' }, 1.5, 'f: Invalid value: "number": f in body must be of type integer: "number"'],
    [{ type: 'string' }, null, 'f: Invalid value: "null": f in body must be of type string: "null"'],
    [{ type: 'string', enum: ['a', 'b'] }, 'c', 'f: Unsupported value: "c": supported values: "a", "b"'],
    [{ type: 'string', pattern: '^a$' }, 'b', `f: Invalid value: "b": f in body should match '^a$'`],
    [{ type: 'string', maxLength: 2 }, 'abc', 'f: Too long: may not be more than 2 bytes'],
    [
      { type: 'string', minLength: 2 },
      'a',
      'f: Invalid value: "a": f in body should be at least 2 chars long',
    ],
    [
      { type: 'integer', minimum: 1 },
      0,
      'f: Invalid value: 0: f in body should be greater than or equal to 1',
    ],
    [
      { type: 'integer', maximum: 1, exclusiveMaximum: true },
      1,
      'f: Invalid value: 1: f in body should be less than 1',
    ],
    [{ type: 'array', maxItems: 1 }, [1, 2], 'f: Too many: 2: must have at most 1 items'],
    [{ type: 'object', required: ['g'] }, {}, 'f.g: Required value'],
    [
      { type: 'array', items: { type: 'string' } },
      ['a', 1],
      'f[1]: Invalid value: "integer": f[1] in body must be of type string: "integer"',
    ],
    [
      { type: 'object', additionalProperties: { type: 'string' } },
      { k: 1 },
      'f.k: Invalid value: "integer": f.k in body must be of type string: "integer"',
    ],
    [{ type: 'array', 'x-kubernetes-list-type': 'set' }, ['a', 'a'], 'f[1]: Duplicate value: "a"'],
    [
      { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
      [
        { k: 1, a: 1 },
        { k: 1, a: 2 },
      ],
      'f[1]: Duplicate value: {"k":1}',
    ],
    [
      { type: 'string', format: 'date-time' },
      'now',
      'f: Invalid value: "now": f in body must be of type date-time: "now"',
    ],
    [
      { 'x-kubernetes-int-or-string': true },
      true,
      'f: Invalid value: "boolean": f in body must be of type integer,string: "boolean"',
    ],
  ])('%j refuses %j', (schema, value, message) => {
    expect(problems(schema, value)).toEqual([message]);
  });

  it.each<[Schema, unknown]>([
    [{ type: 'number' }, 1],
    [{ type: 'string', nullable: true }, null],
    [{ type: 'string', format: 'date-time' }, '2026-01-01T00:00:00.123Z'],
    [{ 'x-kubernetes-int-or-string': true }, '50%'],
    [{ 'x-kubernetes-preserve-unknown-fields': true }, { anything: [1] }],
    [{ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } }, ['a', 1]],
  ])('%j takes %j', (schema, value) => {
    expect(problems(schema, value)).toEqual([]);
  });

  it('looks into combinations', () => {
    const alternatives: Schema = { oneOf: [{ required: ['a'] }, { required: ['b'] }] };
    expect(problems(alternatives, { a: 1 })).toEqual([]);
    expect(problems(alternatives, { a: 1, b: 1 })).toHaveLength(1);
    expect(problems({ not: { required: ['a'] } }, { a: 1 })).toHaveLength(1);
    expect(problems({ allOf: [{ minimum: 1 }, { maximum: 2 }] }, 3)).toHaveLength(1);
  });
});
