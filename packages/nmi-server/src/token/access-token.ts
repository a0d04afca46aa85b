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

/** The body of an answer, every value a string as IMDS sends them. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: '';
  readonly expires_in: string;
  readonly expires_on: string;
  readonly not_before: string;
  readonly resource: string;
  readonly token_type: string;
  readonly client_id: string;
}

/**
 * Shapes an answer.
 *
 * @param resource - exactly as the caller asked: SDKs key their caches by it
 * @param nowMs - the time of answering, in milliseconds since the epoch; `expires_in` counts from it
 */
export function tokenAnswer(token: AccessToken, resource: string, nowMs: number): TokenAnswer {
  return {
    access_token: token.value,
    refresh_token: '',
    expires_in: String(Math.max(0, Math.floor(token.expiresOn - nowMs / 1_000))),
    expires_on: String(token.expiresOn),
    not_before: String(token.notBefore),
    resource,
    token_type: token.tokenType,
    client_id: token.clientId,
  };
}
