/**
 * A token as NMI holds it, and the answer that a caller gets for it.
 *
 * @module
 */

/** A token, whoever issued it. */
export interface AccessToken {
  /** The token itself. Never logged. */
  readonly value: string;
  /** Usually `Bearer`. */
  readonly tokenType: string;
  /** End of its life, in seconds since the epoch. */
  readonly expiresOn: number;
  /** Start of its life, in seconds since the epoch. */
  readonly notBefore: number;
  /** When its issuer wants it to be replaced, in seconds since the epoch; absent where it did not say. */
  readonly refreshOn?: number;
  /** The client ID that it was issued for. */
  readonly clientId: string;
}

interface Written {
  readonly resource: string;
  readonly expiresIn: number;
  readonly text: string;
}

/** What was written last for a token: it stays the same for a second, and is held no longer than the token. */
const lastWritten = new WeakMap<AccessToken, Written>();

/**
 * The answer for a token as JSON, every value a string as IMDS sends them.
 *
 * @param resource - exactly as the caller asked: SDKs key their caches by it
 * @param nowMs - the time of answering, in milliseconds since the epoch; `expires_in` counts from it
 */
export function tokenAnswer(token: AccessToken, resource: string, nowMs: number): string {
  const expiresIn = Math.max(0, Math.floor(token.expiresOn - nowMs / 1_000));
  const last = lastWritten.get(token);
  if (last?.expiresIn === expiresIn && last.resource === resource) return last.text;
  const text = JSON.stringify({
    access_token: token.value,
    refresh_token: '',
    expires_in: String(expiresIn),
    expires_on: String(token.expiresOn),
    not_before: String(token.notBefore),
    resource,
    token_type: token.tokenType,
    client_id: token.clientId,
  });
  lastWritten.set(token, { resource, expiresIn, text });
  return text;
}
