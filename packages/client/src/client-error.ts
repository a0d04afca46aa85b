/**
 * The one error that this package throws, and what the status of an answer means.
 *
 * @module
 */

/**
 * What went wrong:
 * - `invalid_option`: what the caller passed makes no sense; nothing was sent
 * - `unreachable`: no connection to the endpoint
 * - `timeout`: connected, but no answer in time
 * - `aborted`: the caller's signal
 * - `invalid_answer`: an answer that is not what the endpoint promises
 * - `bad_request` (400), `denied` (403), `no_identity` (404), `throttled` (429), `unavailable` (408, 410, 5xx),
 *   `unexpected_status` (any other): the endpoint's answer
 * - `resource_manager`: Azure Resource Manager refused or failed
 */
export type PodIdentityClientErrorCode =
  | 'invalid_option'
  | 'unreachable'
  | 'timeout'
  | 'aborted'
  | 'invalid_answer'
  | 'bad_request'
  | 'denied'
  | 'no_identity'
  | 'throttled'
  | 'unavailable'
  | 'unexpected_status'
  | 'resource_manager';

/** What an answer said about a failure; each is absent where the answer did not say it. */
export interface PodIdentityClientErrorDetails {
  /** The HTTP status. */
  readonly status?: number | undefined;
  /** The short name of the error, such as `invalid_request`. */
  readonly error?: string | undefined;
  /** The sentence for an operator: which object is missing or refused. */
  readonly description?: string | undefined;
  /** NMI's machine-readable reason. IMDS itself gives none: an answer with a reason was decided by NMI. */
  readonly reason?: string | undefined;
  /** Finds the request in NMI's log. */
  readonly correlationId?: string | undefined;
  /** `Retry-After`, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Every failure of this package. Holds no token. */
export class PodIdentityClientError extends Error {
  readonly code: PodIdentityClientErrorCode;
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly description: string | undefined;
  readonly reason: string | undefined;
  readonly correlationId: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: PodIdentityClientErrorCode,
    message: string,
    details: PodIdentityClientErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'PodIdentityClientError';
    this.code = code;
    this.status = details.status;
    this.error = details.error;
    this.description = details.description;
    this.reason = details.reason;
    this.correlationId = details.correlationId;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** The code for a status that is not 200. */
export function codeOfStatus(status: number): PodIdentityClientErrorCode {
  if (status >= 500 || status === 408 || status === 410) return 'unavailable';
  switch (status) {
    case 400:
      return 'bad_request';
    case 403:
      return 'denied';
    case 404:
      return 'no_identity';
    case 429:
      return 'throttled';
    default:
      return 'unexpected_status';
  }
}
