import { describe, expect, it } from 'vitest';
import { tokenBody } from './testing/answers.js';
import { parseTokenAnswer } from './token-answer.js';

const now = 1_000_000;
const good = tokenBody(5_000);

describe('parseTokenAnswer', () => {
  it('reads what IMDS sends, numbers as strings', () => {
    expect(parseTokenAnswer(good, now)).toEqual({
      token: 'the-token',
      tokenType: 'Bearer',
      expiresOnTimestamp: 5_000_000,
      resource: 'https://r',
      clientId: 'c1c1c1c1-0000-0000-0000-000000000001',
      auxiliaryTokens: [],
    });
  });

  it('reads numbers as numbers, any casing of the type, and no client ID', () => {
    const { client_id: _, ...rest } = good;
    const read = parseTokenAnswer({ ...rest, expires_on: 5_000, token_type: 'bearer' }, now);
    expect([read.expiresOnTimestamp, read.tokenType, read.clientId]).toEqual([
      5_000_000,
      'Bearer',
      undefined,
    ]);
  });

  it('reads an array as the primary token and those of the auxiliary tenants', () => {
    const read = parseTokenAnswer(
      [good, { ...good, access_token: 'aux-1' }, { ...good, access_token: 'aux-2' }],
      now,
    );
    expect([read.token, read.auxiliaryTokens]).toEqual(['the-token', ['aux-1', 'aux-2']]);
  });

  it.each([
    ['nothing', undefined, 'no JSON object'],
    ['null', null, 'no JSON object'],
    ['no array element', [], 'an empty array'],
    ['no token', { ...good, access_token: '' }, 'access_token'],
    ['a token with a line break', { ...good, access_token: 'secret\r\nX: y' }, 'access_token'],
    ['another type', { ...good, token_type: 'pop' }, 'token_type'],
    ['no end', { ...good, expires_on: undefined }, 'expires_on'],
    ['an end in words', { ...good, expires_on: '2027-01-01T00:00:00Z' }, 'expires_on'],
    ['a fraction of a second', { ...good, expires_on: 5.5 }, 'expires_on'],
    ['an end in the past', { ...good, expires_on: '1000' }, 'expires_on'],
    ['no resource', { ...good, resource: 7 }, 'resource'],
    ['a bad auxiliary token', [good, 'x'], 'no JSON object'],
  ])('refuses %s', (_name, value, named) => {
    let message = '';
    try {
      parseTokenAnswer(value, now);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(named);
    expect(message).not.toContain('secret');
  });
});
