/**
 * The token answer of the metadata endpoint, parsed strictly. Pure.
 *
 * @module
 */
import { PodIdentityClientError } from './client-error.js';

/** A token, and what it is good for. */
export interface PodIdentityToken {
  /** The access token. A secret: whoever holds it is the identity until it ends. */
  readonly token: string;
  readonly tokenType: 'Bearer';
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresOnTimestamp: number;
  /** What it is for, as the endpoint says it. */
  readonly resource: string;
  /** The identity that it was issued to, where the endpoint says it. */
  readonly clientId: string | undefined;
  /** The tokens for the auxiliary tenants of a service principal, in their order; mostly none. */
  readonly auxiliaryTokens: readonly string[];
}

/**
 * Reads one token object, or an array of them (a service principal with auxiliary tenants: the primary tenant first).
 * Numbers may be written as strings, as IMDS does.
 *
 * @param value - the parsed JSON of the answer
 * @param now - milliseconds since the epoch
 * @throws PodIdentityClientError `invalid_answer`, naming the field and never its value
 */
export function parseTokenAnswer(value: unknown, now: number): PodIdentityToken {
  const [primary, ...auxiliary] = (Array.isArray(value) ? (value as unknown[]) : [value]).map((one) =>
    parseOne(one, now),
  );
  if (primary === undefined) throw invalid('an empty array instead of a token');
  return { ...primary, auxiliaryTokens: auxiliary.map((one) => one.token) };
}

function parseOne(value: unknown, now: number): Omit<PodIdentityToken, 'auxiliaryTokens'> {
  if (typeof value !== 'object' || value === null) throw invalid('no JSON object');
  const fields = value as Readonly<Record<string, unknown>>;
  const type = requiredText(fields, 'token_type');
  if (type.toLowerCase() !== 'bearer') throw invalid('a token_type that is not Bearer');
  const token = requiredText(fields, 'access_token');
  if (!/^[\x21-\x7e]+$/.test(token)) throw invalid('an access_token that no header can carry');
  const expiresOnTimestamp = seconds(fields, 'expires_on') * 1000;
  if (expiresOnTimestamp <= now) throw invalid('a token that has ended already (expires_on)');
  const clientId = fields['client_id'];
  return {
    token,
    tokenType: 'Bearer',
    expiresOnTimestamp,
    resource: requiredText(fields, 'resource'),
    clientId: typeof clientId === 'string' && clientId !== '' ? clientId : undefined,
  };
}

function requiredText(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw invalid(`no text in ${name}`);
  return value;
}

function seconds(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name];
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw invalid(`no whole number of seconds in ${name}`);
  }
  return number;
}

function invalid(what: string): PodIdentityClientError {
  return new PodIdentityClientError('invalid_answer', `The metadata endpoint answered 200 with ${what}`);
}
