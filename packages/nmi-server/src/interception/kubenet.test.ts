import { describe, expect, it } from 'vitest';
import { kubenetSign } from './kubenet.js';
import { vectorsOf } from '../../../../test/vectors/vectors.js';

interface Case {
  readonly name: string;
  readonly input: { readonly kubeletConfig: string };
  readonly expected: { readonly kubenet: boolean };
}
const cases = vectorsOf<Case['input'], Case['expected']>('kubenet');

describe('kubenetSign', () => {
  it.each(cases.map((vector) => [vector.name, vector] as const))('vector: %s', (_, { input, expected }) => {
    expect(kubenetSign({ ...input, interfaces: ['lo', 'eth0'], cniConfigurations: [] }) !== undefined).toBe(
      expected.kubenet,
    );
  });

  it('sees the bridge and the CNI configuration', () => {
    expect(kubenetSign({ interfaces: ['lo', 'cbr0'] })).toContain('cbr0');
    expect(kubenetSign({ cniConfigurations: ['{"plugins":[{"type":"bridge","bridge":"cbr0"}]}'] })).toContain(
      'CNI',
    );
    expect(kubenetSign({ cniConfigurations: ['{"name":"kubenet"}'] })).toContain('CNI');
  });

  it('takes missing and broken files for none', () => {
    expect(kubenetSign({})).toBeUndefined();
    expect(
      kubenetSign({
        cniConfigurations: ['', 'null', '{', '{"plugins":{}}', '{"name":"azure","plugins":[null]}'],
      }),
    ).toBeUndefined();
  });
});
