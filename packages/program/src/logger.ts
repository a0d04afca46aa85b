/**
 * Logs: one line an event on standard error, as JSON or as text for people.
 *
 * @module
 */
import { pino, type Level } from 'pino';
import { lineForm, type LineForm } from './line-form.js';
import { textLines } from './text-log.js';
import { withoutSecrets } from './without-secrets.js';

/** Writes a line of one level, with fields or without: `logger.info({ pod: 'default/web' }, 'grant found')`. */
export interface LogMethod {
  (message: string): void;
  (fields: object, message: string): void;
}

/** A logger. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** Whether lines of that level are written at all. */
  isLevelEnabled(level: Level): boolean;
  /**
   * Names the fields of lines that are written often, once for all of them. Their level is `info`.
   *
   * @param unique - those of the names whose text is another in each line, such as an ID
   */
  form(names: readonly string[], unique?: readonly string[]): LineForm;
}

/** What a logger needs to know. */
export interface LoggerOptions {
  readonly program: string;
  /** `text` as the original's klog, `json` one object a line. */
  readonly format: 'text' | 'json';
  /** The value of `-v`: 0 normal, 5 debug, 8 everything. */
  readonly verbosity: number;
  /** Where lines go. */
  readonly write: (line: string) => void;
}

/** Makes a logger. Fields whose names promise a secret are replaced by `[redacted]`. */
export function createLogger(options: LoggerOptions): Logger {
  const { program, format, verbosity } = options;
  const write = format === 'json' ? options.write : (line: string) => options.write(textLines(line));
  const timestamp = timestamps();
  const logger = pino(
    {
      base: { program },
      level: verbosity >= 8 ? 'trace' : verbosity >= 5 ? 'debug' : 'info',
      timestamp,
      formatters: { level: (label) => ({ level: label }), log: withoutSecrets },
    },
    { write },
  );
  const base = `,"program":${JSON.stringify(program)}`;
  return Object.assign(logger, {
    form: (names: readonly string[], unique: readonly string[] = []) =>
      lineForm(names, unique, () => `{"level":"info"${timestamp()}${base}`, write),
  });
}

/** The time as a field of a line, made once a millisecond. */
function timestamps(): () => string {
  let at = NaN;
  let field = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      field = `,"time":"${new Date(now).toISOString()}"`;
    }
    return field;
  };
}
