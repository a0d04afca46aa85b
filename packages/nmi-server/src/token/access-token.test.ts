import { describe, expect, it } from 'vitest';
import { tokenAnswer, type AccessToken } from './access-token.js';

const token: AccessToken = {
  value: 'secret',
  tokenType: 'Bearer',
  expiresOn: 10_000,
  notBefore: 1_000,
  clientId: 'client',
};
const answer = (resource: string, nowMs: number): unknown => JSON.parse(tokenAnswer(token, resource, nowMs));

describe('the answer for a token', () => {
  it('has every value as a string, as IMDS sends them', () => {
    expect(answer('https://vault.azure.net', 4_000_500)).toEqual({
      access_token: 'secret',
      refresh_token: '',
      expires_in: '5999',
      expires_on: '10000',
      not_before: '1000',
      resource: 'https://vault.azure.net',
      token_type: 'Bearer',
      client_id: 'client',
    });
  });

  it('says how long the token lives at the moment of answering, and the resource as it was asked for', () => {
    const told = [
      ['a', 4_000_000],
      ['a', 4_000_001],
      ['a', 4_000_002],
      ['b', 4_000_002],
      ['a', 4_001_000],
      ['a', 20_000_000],
    ].map(([resource, nowMs]) => {
      const { expires_in, resource: named } = answer(String(resource), Number(nowMs)) as Record<
        string,
        string
      >;
      return [named, expires_in];
    });
    expect(told).toEqual([
      ['a', '6000'],
      ['a', '5999'],
      ['a', '5999'],
      ['b', '5999'],
      ['a', '5999'],
      ['a', '0'],
    ]);
  });
});
