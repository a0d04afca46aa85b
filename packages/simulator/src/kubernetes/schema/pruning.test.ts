import { describe, expect, it } from 'vitest';
import { applyDefaults } from './defaulting.js';
import { prune } from './pruning.js';
import { type Schema } from './schema.js';

const schema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        known: { type: 'object', properties: { a: { type: 'string' } } },
        list: {
          type: 'array',
          items: { type: 'object', properties: { n: { type: 'integer', default: 7 } } },
        },
      },
    },
    status: { type: 'object', additionalProperties: { type: 'object', properties: { x: {} } } },
  },
};

describe('prune', () => {
  it('drops and names what the schema does not know, and keeps what is preserved', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'K',
      metadata: { anything: 1 },
      spec: { Unknown: { deep: 1 }, known: { a: 'a', b: 'b' }, list: [{ n: 1, m: 2 }] },
      status: { k: { x: 1, y: 2 } },
      other: 1,
    };
    expect(prune(schema, object)).toEqual(['spec.known.b', 'spec.list[0].m', 'status.k.y', 'other']);
    expect(object).toEqual({
      apiVersion: 'v1',
      kind: 'K',
      metadata: { anything: 1 },
      spec: { Unknown: { deep: 1 }, known: { a: 'a' }, list: [{ n: 1 }] },
      status: { k: { x: 1 } },
    });
  });
});

describe('applyDefaults', () => {
  it('fills in defaults wherever there is something to fill in', () => {
    const object = { spec: { list: [{}, { n: 1 }] } };
    applyDefaults(schema, object);
    expect(object).toEqual({ spec: { list: [{ n: 7 }, { n: 1 }] } });
  });

  it('takes null for absent, except where it may be there', () => {
    const properties: Schema['properties'] = {
      plain: { type: 'string' },
      filled: { type: 'string', default: 'x' },
      nullable: { type: 'string', nullable: true, default: 'x' },
    };
    const object = { plain: null, filled: null, nullable: null };
    applyDefaults({ type: 'object', properties }, object);
    expect(object).toEqual({ filled: 'x', nullable: null });
  });
});
