import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kubenetSign } from './kubenet.js';

interface Case {
  readonly name: string;
  readonly input: { readonly kubeletConfig: string };
  readonly expected: { readonly kubenet: boolean };
}
const vectors = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/kubenet.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Case[] };

describe('kubenetSign', () => {
  it.each(vectors.cases.map((vector) => [vector.name, vector] as const))(
    'vector: %s',
    (_, { input, expected }) => {
      expect(kubenetSign({ ...input, interfaces: ['lo', 'eth0'], cniConfigurations: [] }) !== undefined).toBe(
        expected.kubenet,
      );
    },
  );

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
