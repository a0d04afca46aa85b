/**
 * Every way in which an operation of this project can fail, as seen by the code that has to react to it.
 *
 * | code | meaning | retry |
 * |---|---|---|
 * | `invalid-configuration` | a flag, file or environment variable is wrong | no: a person must change it |
 * | `invalid-object` | an object in the cluster is wrong | when it changes |
 * | `invalid-request` | the other side refused what we sent (400) | no |
 * | `unauthenticated` | 401: our credential was not accepted | with a new credential |
 * | `forbidden` | 403: our credential may not do this | when a role is granted |
 * | `not-found` | 404: what we addressed does not exist | when it appears |
 * | `conflict` | 409: somebody else changed it meanwhile | after reading again |
 * | `gone` | 410: the version that we asked for is too old | after listing again |
 * | `throttled` | 429: asked too often | after `retryAfterMs` |
 * | `unavailable` | 5xx, or no connection | with backoff |
 * | `timeout` | no answer within the deadline; it may have taken effect | after reading again |
 * | `cancelled` | the caller gave up, or the process stops | no |
 * | `lease-lost` | another replica leads now | no |
 * | `unexpected-response` | an answer that we can't read | with backoff |
 */
export type ErrorCode =
  | 'invalid-configuration'
  | 'invalid-object'
  | 'invalid-request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  | 'cancelled'
  | 'lease-lost'
  | 'unexpected-response';

/** What an error may carry beside code and message. */
export interface PodIdentityErrorOptions {
  /** What led to this error. */
  readonly cause?: unknown;
  /** What a person can do about it, as a full sentence. */
  readonly fix?: string;
  /** How long the other side asks to wait before the next attempt, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** The error type of this project. Never put a token, a secret or an assertion in its message or cause. */
export class PodIdentityError extends Error {
  override readonly name = 'PodIdentityError';
  /** What kind of failure it is; react to this, never to the message. */
  readonly code: ErrorCode;
  /** What a person can do about it, if known. */
  readonly fix: string | undefined;
  /** How long the other side asks to wait before the next attempt, in milliseconds, if it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: PodIdentityErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fix = options.fix;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether `error` is a {@link PodIdentityError}, of the given code if one is named. */
export function isPodIdentityError(error: unknown, code?: ErrorCode): error is PodIdentityError {
  return error instanceof PodIdentityError && (code === undefined || error.code === code);
}
