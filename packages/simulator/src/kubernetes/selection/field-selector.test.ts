import { describe, expect, it } from 'vitest';
import { refusal } from '../testing/cluster.js';
import { parseFieldSelector } from './field-selector.js';

const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'demo' }, node: 'a,b' };
const parse = (text: string): ReturnType<typeof parseFieldSelector> =>
  parseFieldSelector(text, { node: () => object.node }, (field) => `no ${field}`);

describe('parseFieldSelector', () => {
  it.each([
    ['', true],
    ['metadata.name=web', true],
    ['metadata.name==web,metadata.namespace=demo', true],
    ['metadata.namespace!=demo', false],
    ['node=a\\,b', true],
    ['node=a', false],
    ['node!=', true],
  ])('%s', (text, matches) => {
    expect(parse(text).matches(object)).toBe(matches);
  });

  it('knows the one name that can match', () => {
    expect(parse('metadata.name=web,node!=x').name).toBe('web');
    expect(parse('metadata.name!=web').name).toBeUndefined();
  });

  it('refuses fields that the kind has not got, and what is no selector', () => {
    expect(refusal(() => parse('spec.other=1'))).toMatchObject({ code: 400, message: 'no spec.other' });
    expect(refusal(() => parse('metadata.name'))).toMatchObject({ code: 400 });
  });
});
