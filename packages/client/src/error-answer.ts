/**
 * An error answer of the metadata endpoint, as a {@link PodIdentityClientError}. Pure.
 *
 * @module
 */
import type { MetadataAnswer } from './http-transport.js';
import { codeOfStatus, PodIdentityClientError } from './client-error.js';
import { retryAfterSeconds } from './retry-schedule.js';

const MAX_TEXT = 1_000;

/**
 * Reads `{error, error_description, reason, correlation_id}`, or plain text, which some answers are. What is no string
 * counts as absent. `now` is in milliseconds since the epoch.
 */
export function errorOfAnswer(answer: MetadataAnswer, origin: string, now: number): PodIdentityClientError {
  const fields = jsonObject(answer.body);
  const error = text(fields?.['error']);
  const description = text(fields === undefined ? answer.body : fields['error_description']);
  const reason = text(fields?.['reason']);
  const said = [error, description].filter((part) => part !== undefined).join(': ');
  const because = reason === undefined ? '' : ` (reason: ${reason})`;
  const retryAfter = answer.headers['retry-after'];
  return new PodIdentityClientError(
    codeOfStatus(answer.status),
    `${origin} answered ${answer.status}${said === '' ? '' : ` ${said}`}${because}`,
    {
      status: answer.status,
      error,
      description,
      reason,
      correlationId: text(fields?.['correlation_id']),
      retryAfterSeconds: retryAfterSeconds(typeof retryAfter === 'string' ? retryAfter : undefined, now),
    },
  );
}

/** The JSON object that `body` is, or `undefined`. */
export function jsonObject(body: string): Record<string, unknown> | undefined {
  const value = json(body);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The JSON value that `body` is, or `undefined`. */
export function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** One printable line, bounded, with anything shaped like a token taken out; `undefined` for what is no text. */
function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = value
    .slice(0, 4 * MAX_TEXT)
    .replace(/eyJ[\w-]*\.[\w-]+(\.[\w-]*)?/g, '[redacted]')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line === '' ? undefined : line.slice(0, MAX_TEXT);
}
