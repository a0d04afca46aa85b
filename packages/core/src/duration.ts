import { PodIdentityError } from './error.js';

/** Milliseconds in each unit that Go's durations know. Both spellings of micro are in use. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['\u00b5s', 1e-3],
  ['\u03bcs', 1e-3],
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
const WHOLE = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;
/** Go counts nanoseconds in 64 bits: about 292 years. */
const MAX_MS = 9_223_372_036_854.775;
const MAX_LENGTH = 128;

/**
 * Reads a duration in Go's syntax (`1h30m`, `250ms`, `1.5s`, `-1s`, `0`), as the flags of the original take it.
 *
 * @returns milliseconds; fractional below a millisecond, negative if the text says so.
 * @throws PodIdentityError `invalid-configuration` that shows the text and the syntax.
 */
export function parseDuration(text: string): number {
  if (text === '0' || text === '+0' || text === '-0') return 0;
  if (text.length > MAX_LENGTH || !WHOLE.test(text)) throw invalid(text);
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(PART)) {
    milliseconds += Number(amount) * (UNITS.get(unit ?? '') ?? Number.NaN);
  }
  if (!(milliseconds <= MAX_MS)) throw invalid(text);
  return text.startsWith('-') ? -milliseconds : milliseconds;
}

/** Writes milliseconds as Go does: `1h30m0s`, `250ms`, `1.5s`, `0s`. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return String(milliseconds);
  const nanoseconds = Math.round(Math.abs(milliseconds) * 1e6);
  if (nanoseconds === 0) return '0s';
  const sign = milliseconds < 0 ? '-' : '';
  if (nanoseconds < 1_000) return `${sign}${nanoseconds}ns`;
  if (nanoseconds < 1_000_000) return `${sign}${nanoseconds / 1_000}\u00b5s`;
  if (nanoseconds < 1_000_000_000) return `${sign}${nanoseconds / 1_000_000}ms`;
  const minutes = Math.floor(nanoseconds / 60_000_000_000);
  const seconds = (nanoseconds % 60_000_000_000) / 1_000_000_000;
  if (minutes === 0) return `${sign}${seconds}s`;
  if (minutes < 60) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}s`;
}

function invalid(text: string): PodIdentityError {
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return new PodIdentityError('invalid-configuration', `invalid duration "${shown}"`, {
    fix: 'Write numbers with units, without blanks: "1h30m", "250ms", "0".',
  });
}
