import { describe, expect, it } from 'vitest';
import { sameClientId } from './client-id.js';
import { parseIdentityResourceId, resourceIdKey, sameResourceId } from './resource-id.js';

const ID =
  '/subscriptions/S/resourceGroups/Rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Name';

describe('parseIdentityResourceId', () => {
  it('keeps the casing of the parts, and spells the path as ARM does', () => {
    expect(parseIdentityResourceId(`https://management.azure.com${ID.toUpperCase()}`)).toEqual({
      subscriptionId: 'S',
      resourceGroup: 'RG',
      name: 'NAME',
      id: '/subscriptions/S/resourcegroups/RG/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME',
      key: ID.toLowerCase(),
    });
  });

  it.each([`${ID}?x=1`, `${ID}/federatedIdentityCredentials/f`, `${ID} `])(
    'ends the name in time: %j',
    (text) => {
      expect(parseIdentityResourceId(text)?.name).toBe('Name');
    },
  );

  it('refuses what is far too long, fast', () => {
    expect(parseIdentityResourceId('/subscriptions/'.repeat(200_000))).toBeUndefined();
  });

  it.each([100, 900, 1_900])('gives a key that can be read again, though letters grow: %i', (count) => {
    // The capital dotted I is one unit of UTF-16, its lower case is two.
    const parsed = parseIdentityResourceId(ID.replace('Name', '\u0130'.repeat(count)));
    expect(parsed === undefined).toBe(count > 1_000);
    if (parsed !== undefined) expect(parseIdentityResourceId(parsed.key)?.key).toBe(parsed.key);
  });
});

describe('sameResourceId and sameClientId', () => {
  it('ignore case', () => {
    expect(sameResourceId(ID, ID.toUpperCase())).toBe(true);
    expect(sameResourceId('/other/Resource', '/OTHER/resource')).toBe(true);
    expect(sameClientId('aBc', 'AbC')).toBe(true);
  });

  it('take an empty one for no name', () => {
    expect(sameResourceId('', '')).toBe(false);
    expect(sameClientId('', '')).toBe(false);
  });

  it('tell others apart', () => {
    expect(sameResourceId(ID, `${ID}2`)).toBe(false);
    expect(resourceIdKey(ID)).not.toBe(resourceIdKey(`${ID}2`));
  });
});
