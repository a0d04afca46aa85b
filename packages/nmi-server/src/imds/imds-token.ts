/**
 * IMDS's answer to a token request, in all the forms that it has had.
 *
 * @module
 */
import type { AccessToken } from '../token/access-token.js';
import { UpstreamError } from '../token/upstream-error.js';

/**
 * Reads a token from IMDS's JSON. Numbers come as numbers or as strings; `expires_in` serves where `expires_on` is
 * missing.
 *
 * @param nowMs - when the answer came, in milliseconds since the epoch
 * @param clientId - the client ID that was asked for, where the answer names none
 * @throws UpstreamError `bad-response` without a token or an end of its life
 */
export function parseImdsToken(
  body: Readonly<Record<string, unknown>>,
  nowMs: number,
  clientId: string,
): AccessToken {
  const value = body['access_token'];
  if (typeof value !== 'string' || value === '')
    throw new UpstreamError('bad-response', 'IMDS answered without access_token.');
  const nowSeconds = Math.floor(nowMs / 1_000);
  const expiresIn = seconds(body['expires_in']);
  const expiresOn =
    seconds(body['expires_on']) ?? (expiresIn === undefined ? undefined : nowSeconds + expiresIn);
  if (expiresOn === undefined)
    throw new UpstreamError('bad-response', 'IMDS answered with neither expires_on nor expires_in.');
  const refreshIn = seconds(body['refresh_in']);
  const tokenType = body['token_type'];
  const answered = body['client_id'];
  return {
    value,
    tokenType: typeof tokenType === 'string' && tokenType !== '' ? tokenType : 'Bearer',
    expiresOn,
    notBefore: seconds(body['not_before']) ?? nowSeconds,
    ...(refreshIn === undefined ? {} : { refreshOn: nowSeconds + refreshIn }),
    clientId: typeof answered === 'string' && answered !== '' ? answered : clientId,
  };
}

function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
