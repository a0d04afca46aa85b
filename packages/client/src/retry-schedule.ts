/**
 * When to ask the metadata endpoint again: IMDS's published guidance. Pure.
 *
 * @module
 */

/** How often and how long. */
export interface RetryLimits {
  /** How many further tries after the first; 4 by default, which makes the 5 that IMDS advises. */
  readonly retries: number;
  /** The longest wait before one try, in milliseconds; an answer that asks for more ends the tries. */
  readonly maxDelayMs: number;
}

/** One failed try. */
export interface FailedTry {
  /** How many tries came before it. */
  readonly triesBefore: number;
  /** The status answered, or `undefined` where no connection came about. */
  readonly status: number | undefined;
  /** `Retry-After` in seconds, where the answer had one. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether NMI gave a reason: then a 404 is a decision that NMI waited for already, not a state that passes. */
  readonly decided: boolean;
}

/** The default {@link RetryLimits}. */
export const DEFAULT_RETRY_LIMITS: RetryLimits = { retries: 4, maxDelayMs: 60_000 };

/** The first delay, and the first one after 410: IMDS asks to allow at least 70 s for an upgrade of itself. */
const FIRST_DELAY_MS = 800;
const FIRST_DELAY_GONE_MS = 5_000;
const JITTER = 0.2;

/**
 * Milliseconds to wait before the next try, or `undefined` where there is to be none. Growing (doubling, with jitter
 * of 20 %), never less than `Retry-After`.
 *
 * @param random - a number from 0 up to but not including 1
 */
export function nextDelay(failed: FailedTry, limits: RetryLimits, random: number): number | undefined {
  if (failed.triesBefore >= limits.retries || !passes(failed)) return undefined;
  const asked = (failed.retryAfterSeconds ?? 0) * 1000;
  if (asked > limits.maxDelayMs) return undefined;
  const first = failed.status === 410 ? FIRST_DELAY_GONE_MS : FIRST_DELAY_MS;
  const grown = first * 2 ** failed.triesBefore * (1 + JITTER * (2 * random - 1));
  return Math.min(limits.maxDelayMs, Math.max(asked, grown));
}

function passes({ status, decided }: FailedTry): boolean {
  if (status === undefined || status >= 500) return true;
  return status === 404 ? !decided : status === 408 || status === 410 || status === 429;
}

/**
 * The seconds that a `Retry-After` header asks for: a number of seconds, or a date (which takes `now`, in
 * milliseconds since the epoch). `undefined` for no header or one that says neither.
 */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
