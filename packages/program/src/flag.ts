/**
 * What a command-line flag is, and the kinds of flags there are. Values are written as Go's flag packages write
 * them, because the manifests of running clusters do (docs/spec.md, sections 5 and 9).
 *
 * @module
 */
import { parseDuration } from '@aad-pod-identity/core';

/** Outcome of reading the text of one flag. */
export type FlagValue<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

/** One flag of a program. Make one with the functions of this module. */
export interface Flag<T> {
  readonly kind: 'string' | 'boolean' | 'integer' | 'duration' | 'choice';
  readonly default: T;
  readonly description: string;
  /** Further environment variables that set it, beside the one made from its name. */
  readonly environment: readonly string[];
  /** Why the flag no longer has a meaning: it is still accepted, with a warning that says this. */
  readonly obsolete: string | undefined;
  /** The value of an obsolete flag that says what is so anyway: it is no reason for a warning. */
  readonly inEffect: T | undefined;
  parse(text: string): FlagValue<T>;
}

/** What all kinds of flags take. */
export interface FlagOptions<T> {
  readonly default: T;
  readonly description: string;
  readonly environment?: readonly string[];
  readonly obsolete?: string;
  readonly inEffect?: T;
}

function define<T>(kind: Flag<T>['kind'], options: FlagOptions<T>, parse: Flag<T>['parse']): Flag<T> {
  const { default: fallback, description, environment = [], obsolete, inEffect } = options;
  return { kind, default: fallback, description, environment, obsolete, inEffect, parse };
}

/** A flag that takes any text. */
export function stringFlag(options: FlagOptions<string>): Flag<string> {
  return define('string', options, (text) => ({ ok: true, value: text }));
}

/** A flag that takes one of a few words. */
export function choiceFlag<const T extends string>(
  options: FlagOptions<T> & { readonly choices: readonly T[] },
): Flag<T> {
  return define('choice', options, (text) => {
    const value = options.choices.find((choice) => choice === text);
    return value === undefined
      ? { ok: false, expected: `one of ${options.choices.join(', ')}` }
      : { ok: true, value };
  });
}

const trueWords = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const falseWords = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** A flag that is on when it stands bare, or takes the words that Go takes. */
export function booleanFlag(options: FlagOptions<boolean>): Flag<boolean> {
  return define('boolean', options, (text) => {
    if (trueWords.has(text)) return { ok: true, value: true };
    if (falseWords.has(text)) return { ok: true, value: false };
    return { ok: false, expected: 'true or false' };
  });
}

/** A whole number within bounds (both included). */
export function integerFlag(
  options: FlagOptions<number> & { readonly min?: number; readonly max?: number },
): Flag<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  const expected =
    options.min === undefined && options.max === undefined
      ? 'a whole number'
      : `a whole number ${options.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`}`;
  return define('integer', options, (text) => {
    const value = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value) && value >= min && value <= max
      ? { ok: true, value }
      : { ok: false, expected };
  });
}

/** A TCP port; 0 lets the system choose one. */
export function portFlag(options: FlagOptions<number>): Flag<number> {
  return integerFlag({ ...options, min: 0, max: 65_535 });
}

/** A Go duration such as `1h30m` or `250ms`; its value is in milliseconds and at least `min` (default 0). */
export function durationFlag(options: FlagOptions<number> & { readonly min?: number }): Flag<number> {
  const min = options.min ?? 0;
  const expected = `a duration such as 30s, 3m or 1h30m${min > 0 ? `, at least ${min}ms` : ', not negative'}`;
  return define('duration', options, (text) => {
    const value = readDuration(text);
    return value !== undefined && value >= min ? { ok: true, value } : { ok: false, expected };
  });
}

function readDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}
