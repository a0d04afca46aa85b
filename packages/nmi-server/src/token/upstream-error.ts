/**
 * What IMDS or Entra did not give.
 *
 * @module
 */

/**
 * How an upstream failed. `answer`: it answered with an error; `other-identity`: with a token of an identity that was
 * not granted; `refused`: NMI's own rules forbid to ask; the others: no usable answer came.
 */
export type UpstreamFailure =
  'answer' | 'other-identity' | 'refused' | 'timeout' | 'network' | 'bad-response' | 'busy' | 'credential';

/** What an {@link UpstreamError} is made from. */
export interface UpstreamErrorOptions {
  /** HTTP status, where an error was answered. */
  readonly status?: number;
  /** The upstream's own code, such as `invalid_request`. */
  readonly code?: string;
  /** How long it asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

const longestMessage = 512;
const jsonWebToken = /\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?/g;

/** A failure to get a token or a metadata answer. Its message is one line and holds no token. */
export class UpstreamError extends Error {
  override readonly name: string = 'UpstreamError';
  readonly failure: UpstreamFailure;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(failure: UpstreamFailure, message: string, options: UpstreamErrorOptions = {}) {
    super(oneSafeLine(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.failure = failure;
    this.status = options.status;
    this.code = options.code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * Reads a `Retry-After` header.
 *
 * @param nowMs - milliseconds since the epoch, for the form that is a date
 * @returns milliseconds to wait, or `undefined` where the header is absent or unreadable
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function oneSafeLine(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim().replace(jsonWebToken, '[redacted]');
  return line.length > longestMessage ? `${line.slice(0, longestMessage - 1)}…` : line;
}
