/**
 * An error answer of Entra's token endpoint.
 *
 * @module
 */
import type { HttpResponse } from '../../http/message.js';
import type { Random } from '../../random.js';

/** The OAuth error codes that Entra uses here. */
export type OAuthError =
  'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unauthorized_client' | 'unsupported_grant_type';

/** Thrown while a token request is judged. */
export class EntraFailure extends Error {
  override readonly name = 'EntraFailure';
  readonly error: OAuthError;
  /** The number after `AADSTS`. */
  readonly number: number;

  constructor(error: OAuthError, number: number, message: string) {
    super(message);
    this.error = error;
    this.number = number;
  }
}

/** The answer: 401 for a client that could not prove itself, 400 for everything else. */
export function failureResponse(
  failure: EntraFailure,
  context: {
    readonly now: number;
    readonly correlationId: string;
    readonly random: Random;
    readonly authority: string;
  },
): HttpResponse {
  const timestamp = new Date(context.now)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
  const traceId = context.random.uuid();
  return {
    status: failure.error === 'invalid_client' ? 401 : 400,
    headers: { 'Cache-Control': 'no-store, no-cache', 'x-ms-request-id': traceId },
    body: {
      error: failure.error,
      error_description: `AADSTS${failure.number}: ${failure.message} Trace ID: ${traceId} Correlation ID: ${context.correlationId} Timestamp: ${timestamp}`,
      error_codes: [failure.number],
      timestamp,
      trace_id: traceId,
      correlation_id: context.correlationId,
      error_uri: `${context.authority}/error?code=${failure.number}`,
    },
  };
}
