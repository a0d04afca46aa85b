import { booleanFlag, choiceFlag, integerFlag, stringFlag, type Flag } from './flag.js';

const obsolete = 'logs go to standard error; choose their form with --log-format and their detail with -v';
const description = 'Accepted for compatibility.';
const bool = (): Flag<boolean> => booleanFlag({ default: false, description, obsolete, inEffect: false });
const text = (): Flag<string> => stringFlag({ default: '', description, obsolete });
/** klog takes a name in any casing, or the number of one. */
const severities = ['INFO', 'WARNING', 'ERROR', 'FATAL'].flatMap((name, at) => [
  name,
  name.toLowerCase(),
  `${at}`,
]);

/** Names of the logging flags that the original's manifests pass, and what they hold. */
export type KlogFlags = {
  readonly v: Flag<number>;
  readonly logtostderr: Flag<boolean>;
  readonly alsologtostderr: Flag<boolean>;
  readonly 'log-backtrace-at': Flag<string>;
  readonly 'log-dir': Flag<string>;
  readonly 'log-file': Flag<string>;
  readonly 'log-file-max-size': Flag<number>;
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
  }),
  logtostderr: booleanFlag({ default: true, description, obsolete, inEffect: true }),
  alsologtostderr: bool(),
  'log-backtrace-at': text(),
  'log-dir': text(),
  'log-file': text(),
  'log-file-max-size': integerFlag({ default: 1800, description, obsolete, min: 0 }),
  'skip-headers': bool(),
  'skip-log-headers': bool(),
  stderrthreshold: choiceFlag({ choices: severities, default: 'ERROR', description, obsolete }),
  vmodule: text(),
  'add-dir-header': bool(),
  'one-output': bool(),
};
