/**
 * The one error class of this package: what an API server, a connection or a configuration did not grant,
 * with a closed union of codes to decide on and one line to show.
 *
 * @module
 */

/**
 * What went wrong, as far as a caller can act on it.
 *
 * | code | meaning, and what usually helps |
 * |---|---|
 * | `conflict` | the object changed meanwhile (409): read it again |
 * | `already-exists` | an object of that name is there (409) |
 * | `not-found` | no such object, or no such kind: its CRD is missing (404) |
 * | `gone` | the resource version or list position has expired (410): list again |
 * | `unauthorized`, `forbidden` | credentials not accepted (401), or not enough rights (403) |
 * | `invalid` | the server refuses the request as it is (400, 405, 406, 413, 415, 422) |
 * | `too-many-requests` | throttled (429); see `retryAfterMs` |
 * | `timeout` | no answer in time (here, or 504 from the server) |
 * | `unavailable` | the server cannot serve now (502, 503) |
 * | `internal` | any other failing answer of the server |
 * | `network` | no connection, or it broke |
 * | `bad-response` | an answer that is not what the API promises: not JSON, or an object that does not decode |
 * | `stale` | a list older than what was already seen |
 * | `aborted` | the caller's own signal ended it; `cause` is the signal's reason |
 * | `not-leading` | a write refused on this side, because the lease is lost or has run out |
 * | `configuration` | kubeconfig or in-cluster files that cannot be used |
 * | `unsupported` | a kubeconfig with a kind of access that only `clientNodeConnection` has |
 */
export type KubernetesErrorCode =
  | 'conflict'
  | 'already-exists'
  | 'not-found'
  | 'gone'
  | 'unauthorized'
  | 'forbidden'
  | 'invalid'
  | 'too-many-requests'
  | 'timeout'
  | 'unavailable'
  | 'internal'
  | 'network'
  | 'bad-response'
  | 'stale'
  | 'aborted'
  | 'not-leading'
  | 'configuration'
  | 'unsupported';

/** What a {@link KubernetesError} is made from. */
export interface KubernetesErrorOptions {
  /** The HTTP status, where an answer came. */
  readonly status?: number;
  /** The `reason` of the Status body, such as `AlreadyExists`. */
  readonly reason?: string;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

const longestMessage = 1_024;

/** An error of this package. Its message is one line and holds no token and no body of a Secret. */
export class KubernetesError extends Error {
  override readonly name: string = 'KubernetesError';
  readonly code: KubernetesErrorCode;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: KubernetesErrorCode, message: string, options: KubernetesErrorOptions = {}) {
    super(oneSafeLine(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.reason = options.reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether `error` is a {@link KubernetesError}, and of one of `codes` where any are given. */
export function isKubernetesError(error: unknown, ...codes: KubernetesErrorCode[]): error is KubernetesError {
  return error instanceof KubernetesError && (codes.length === 0 || codes.includes(error.code));
}

/** `error` itself if it is a {@link KubernetesError}; anything else wrapped as a `network` error. */
export function toKubernetesError(error: unknown): KubernetesError {
  if (error instanceof KubernetesError) return error;
  return new KubernetesError('network', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}

const bearer = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const jsonWebToken = /\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?/g;

/** One line, bounded, with anything that looks like a credential taken out. */
function oneSafeLine(message: string): string {
  const line = message
    .replace(/\s+/g, ' ')
    .trim()
    .replace(jsonWebToken, '[redacted]')
    .replace(bearer, '$1 [redacted]');
  return line.length > longestMessage ? `${line.slice(0, longestMessage - 1)}…` : line;
}
