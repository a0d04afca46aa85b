import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesIdentity } from './identity-request.js';
import { match } from './match.js';
import { selectGrant } from './selection.js';
import { binding, identity, identityId, pod } from './testing/objects.js';

const identities = ['a', 'b', 'c'].map((name) => identity({ name, clientID: `client-${name}` }));
const { grants } = match({
  pods: [pod()],
  identities,
  bindings: identities.map(({ name }, index) =>
    binding({ name, identity: name, weight: index === 1 ? 5 : 0 }),
  ),
});
const chosen = (request: Parameters<typeof selectGrant>[1]): string | undefined =>
  selectGrant(grants, request)?.identity.name;

describe('selectGrant', () => {
  it('denies where client ID and resource ID name two identities', () => {
    expect(chosen({ clientId: 'client-a', resourceId: identityId('b') })).toBeUndefined();
    expect(chosen({ clientId: 'CLIENT-A', resourceId: identityId('A') })).toBe('a');
  });

  it('takes empty names for none', () => {
    expect(namesIdentity({ clientId: '', resourceId: '' })).toBe(false);
    expect(chosen({ clientId: '', resourceId: '' })).toBe('b');
  });

  it('does not depend on the order of the grants', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...grants], { minLength: 3 }), (shuffled) => {
        expect(selectGrant(shuffled, {})?.identity.name).toBe('b');
      }),
    );
  });

  it('chooses nothing where there is nothing', () => expect(selectGrant([], {})).toBeUndefined());
});
