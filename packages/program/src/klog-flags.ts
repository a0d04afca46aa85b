import { booleanFlag, integerFlag, stringFlag, type Flag } from './flag.js';

const obsolete = 'logs go to standard error; choose their form with --log-format and their detail with -v';
const bool = (): Flag<boolean> =>
  booleanFlag({ default: false, description: 'Accepted for compatibility.', obsolete });
const text = (): Flag<string> =>
  stringFlag({ default: '', description: 'Accepted for compatibility.', obsolete });

/** Names of the logging flags that the original's manifests pass, and what they hold. */
export type KlogFlags = {
  readonly v: Flag<number>;
  readonly logtostderr: Flag<boolean>;
  readonly alsologtostderr: Flag<boolean>;
  readonly 'log-backtrace-at': Flag<string>;
  readonly 'log-dir': Flag<string>;
  readonly 'log-file': Flag<string>;
  readonly 'log-file-max-size': Flag<string>;
  readonly 'skip-headers': Flag<boolean>;
  readonly 'skip-log-headers': Flag<boolean>;
  readonly stderrthreshold: Flag<string>;
  readonly vmodule: Flag<string>;
  readonly 'add-dir-header': Flag<boolean>;
  readonly 'one-output': Flag<boolean>;
};

/** The logging flags that the original's manifests pass. Only `-v` still has a meaning. */
export const klogFlags: KlogFlags = {
  v: integerFlag({
    default: 0,
    description: 'How much to log: 0 is normal, from 5 on debug, from 8 on everything.',
    min: 0,
  }),
  logtostderr: booleanFlag({
    default: true,
    description: 'Accepted for compatibility: logs go to standard error.',
  }),
  alsologtostderr: bool(),
  'log-backtrace-at': text(),
  'log-dir': text(),
  'log-file': text(),
  'log-file-max-size': text(),
  'skip-headers': bool(),
  'skip-log-headers': bool(),
  stderrthreshold: text(),
  vmodule: text(),
  'add-dir-header': bool(),
  'one-output': bool(),
};
