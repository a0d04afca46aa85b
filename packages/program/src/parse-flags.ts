/**
 * Reads a command line in the syntax of Go's flag packages: one dash or two, `--flag=value` or `--flag value`,
 * a boolean bare or `=true|false` (it never takes the next argument), the last one wins.
 *
 * @module
 */
import { UsageError } from './usage-error.js';
import type { Flag } from './flag.js';

/** The flags of a program by name, without dashes. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

/** What the flags of a table say, by name. */
export type FlagValues<T extends FlagTable> = {
  readonly [K in keyof T]: T[K] extends Flag<infer V> ? V : never;
};

/** A command line that was understood. */
export interface ParsedFlags<T extends FlagTable> {
  readonly values: FlagValues<T>;
  /** Names of the flags that were set, on the command line or by the environment. */
  readonly given: ReadonlySet<string>;
  /** Arguments that are no flags, in order. */
  readonly positional: readonly string[];
  /** What an operator should read: flags that no longer have a meaning. */
  readonly warnings: readonly string[];
}

/** The environment variable that sets a flag: `--http-probe-port` is `AAD_POD_IDENTITY_HTTP_PROBE_PORT`. */
export function environmentName(flag: string): string {
  return `AAD_POD_IDENTITY_${flag.replaceAll('-', '_').toUpperCase()}`;
}

/**
 * Reads `argv` (without the program's own name) and `environment` against a table of flags.
 * The command line wins over the environment, and that over the defaults.
 *
 * @throws UsageError naming the flag or variable that is unknown or has a bad value
 */
export function parseFlags<const T extends FlagTable>(
  table: T,
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedFlags<T> {
  const values = new Map<string, unknown>(Object.entries(table).map(([name, flag]) => [name, flag.default]));
  const given = new Set<string>();
  const warnings: string[] = [];

  const set = (name: string, flag: Flag<unknown>, text: string, source: string): void => {
    const read = flag.parse(text);
    if (!read.ok) throw new UsageError(`${source}: "${text}" is not ${read.expected}`);
    values.set(name, read.value);
    if (flag.obsolete !== undefined && read.value !== flag.inEffect)
      warnings.push(`${source} has no effect: ${flag.obsolete}`);
    given.add(name);
  };

  for (const [name, flag] of Object.entries(table)) {
    for (const variable of [...flag.environment, environmentName(name)]) {
      const text = environment[variable];
      if (text !== undefined && text !== '') set(name, flag, text, `environment variable ${variable}`);
    }
  }

  const positional: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at] ?? '';
    if (argument === '--') {
      positional.push(...argv.slice(at + 1));
      break;
    }
    const spelled = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(argument);
    if (spelled === null) {
      positional.push(argument);
      continue;
    }
    const name = findName(table, spelled[1] ?? '');
    const flag = name === undefined ? undefined : table[name];
    if (name === undefined || flag === undefined) throw unknownFlag(table, spelled[1] ?? '');
    let text = spelled[2];
    if (text === undefined && flag.kind === 'boolean') text = 'true';
    text ??= argv[++at];
    if (text === undefined) throw new UsageError(`--${name}: a value is missing; write --${name}=VALUE`);
    set(name, flag, text, `--${name}`);
  }
  return { values: Object.fromEntries(values) as FlagValues<T>, given, positional, warnings };
}

/** klog's own flags are spelled with underscores in some versions and with dashes in others. */
function findName(table: FlagTable, spelled: string): string | undefined {
  if (Object.hasOwn(table, spelled)) return spelled;
  const dashed = spelled.replaceAll('_', '-');
  return Object.hasOwn(table, dashed) ? dashed : undefined;
}

function unknownFlag(table: FlagTable, spelled: string): UsageError {
  const fold = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase();
  const near = Object.keys(table).find((name) => fold(name) === fold(spelled));
  return new UsageError(
    `unknown flag --${spelled}${near === undefined ? '; --help lists the flags' : `; did you mean --${near}?`}`,
  );
}
