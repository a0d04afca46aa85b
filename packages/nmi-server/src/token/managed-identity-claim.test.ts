import { describe, expect, it } from 'vitest';
import { managedIdentityClaim } from './managed-identity-claim.js';

const token = (claims: unknown): string =>
  ['{"alg":"none"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

describe('managedIdentityClaim', () => {
  it('reads the resource ID of the identity', () => {
    expect(managedIdentityClaim(token({ aud: 'x', xms_mirid: '/subscriptions/s' }))).toBe('/subscriptions/s');
  });

  it.each([
    ['an opaque token', 'EwB4A8l6BAAU'],
    ['one without the claim', token({ aud: 'x' })],
    ['an empty claim', token({ xms_mirid: '' })],
    ['a claim that is no text', token({ xms_mirid: ['a'] })],
    ['null', token(null)],
    ['no JSON', `a.${Buffer.from('{').toString('base64url')}.b`],
    ['an encrypted token', `${token({ xms_mirid: 'x' })}.d.e`],
    ['one that is too long', token({ xms_mirid: 'x'.repeat(70_000) })],
  ])('says nothing of %s', (_, text) => {
    expect(managedIdentityClaim(text)).toBeUndefined();
  });
});
