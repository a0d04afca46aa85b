import { describe, expect, it } from 'vitest';
import { readPath } from './json-path.js';

const object = {
  spec: { name: 'n', 'a.b': 1, list: [{ k: 'x' }, { k: 'y' }] },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

describe('readPath', () => {
  it.each([
    ['.spec.name', ['n']],
    [".spec['a.b']", [1]],
    ['.spec.a\\.b', [1]],
    ['.spec.list[0].k', ['x']],
    ['.spec.list[-1].k', ['y']],
    ['.spec.list[*].k', ['x', 'y']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type!='Ready')].status", ['False']],
    ['.spec.nothing.there', []],
    ['.spec.list[5]', []],
  ])('%s', (path, values) => {
    expect(readPath(object, path)).toEqual(values);
  });
});
