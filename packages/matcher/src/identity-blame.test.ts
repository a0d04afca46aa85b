import { describe, expect, it } from 'vitest';
import { blameIdentities } from './identity-blame.js';
import { vectorsOf } from '../../../test/vectors/vectors.js';

interface Case {
  readonly name: string;
  readonly input: {
    readonly status: number;
    readonly body: { readonly error: { readonly code: string; readonly message: string } };
    readonly attach: string[];
  };
  readonly expected: { readonly poison: boolean; readonly identities: string[] };
}

const cases = vectorsOf<Case['input'], Case['expected']>('arm-errors');

const id = (name: string): string =>
  `/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;

describe('blameIdentities', () => {
  it.each(cases)('vector: $name', ({ input, expected }) => {
    const { code, message } = input.body.error;
    const { poison, identities } = blameIdentities({ status: input.status, code, message }, input.attach);
    expect({ poison, identities: identities.map((i) => i.toLowerCase()).sort() }).toEqual({
      poison: expected.poison,
      identities: [...expected.identities].sort(),
    });
  });

  it('compares codes in any casing', () => {
    expect(blameIdentities({ code: 'FAILEDIDENTITYOPERATION', message: `'${id('a')}'` }, [id('A')])).toEqual({
      poison: true,
      identities: [id('A')],
    });
  });

  it('takes a 429 for throttling whatever its code', () => {
    const failure = { status: 429, code: 'FailedIdentityOperation', message: `'${id('a')}'` };
    expect(blameIdentities(failure, [id('a')])).toEqual({ poison: false, identities: [] });
  });

  it('blames only what was asked for, and no identity whose name begins like it', () => {
    const message = `'${id('other')}' and '${id('a-longer')}'.`;
    expect(blameIdentities({ status: 400, code: 'FailedIdentityOperation', message }, [id('a')])).toEqual({
      poison: true,
      identities: [],
    });
  });

  it('bears a failure without code or message', () => {
    expect(blameIdentities({}, [id('a')])).toEqual({ poison: false, identities: [] });
    expect(blameIdentities({ code: 'LinkedAuthorizationFailed' }, [id('a')])).toEqual({
      poison: true,
      identities: [],
    });
  });
});
