/**
 * Logs: one line an event on standard error, as JSON or as text for people.
 *
 * @module
 */
import { pino, type Logger as PinoLogger } from 'pino';
import { textLines } from './text-log.js';

/** A logger; `logger.info({ pod: 'default/web' }, 'grant found')`, `logger.child({ node })`. */
export type Logger = PinoLogger;

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

/** Names of fields that never reach a log, wherever they stand in its first three levels. */
const secretFields = [
  'token',
  'access_token',
  'accessToken',
  'refresh_token',
  'clientSecret',
  'client_secret',
  'aadClientSecret',
  'secret',
  'password',
  'assertion',
  'client_assertion',
  'certificate',
  'authorization',
  'Authorization',
];

/** Makes a logger. Fields whose names promise a secret are replaced by `[redacted]`. */
export function createLogger(options: LoggerOptions): Logger {
  const { program, format, verbosity, write } = options;
  return pino(
    {
      base: { program },
      level: verbosity >= 8 ? 'trace' : verbosity >= 5 ? 'debug' : 'info',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[redacted]',
      },
    },
    { write: format === 'json' ? write : (line: string) => write(textLines(line)) },
  );
}
