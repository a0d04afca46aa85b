import { booleanFlag, choiceFlag, portFlag, stringFlag, type Flag } from './flag.js';
import { klogFlags, type KlogFlags } from './klog-flags.js';

/** Names of the flags that both daemons take with the same meaning, and what they hold. */
export type DaemonFlags = KlogFlags & {
  readonly kubeconfig: Flag<string>;
  readonly forceNamespaced: Flag<boolean>;
  readonly 'http-probe-port': Flag<number>;
  readonly enableProfile: Flag<boolean>;
  readonly 'log-format': Flag<'text' | 'json'>;
  readonly version: Flag<boolean>;
  readonly help: Flag<boolean>;
};

/** The flags that `mic` and `nmi` share (docs/spec.md, sections 5 and 9). */
export const daemonFlags: DaemonFlags = {
  kubeconfig: stringFlag({
    default: '',
    description: 'Path of a kubeconfig; empty: in-cluster, or the usual places.',
  }),
  forceNamespaced: booleanFlag({
    default: false,
    description: 'Match pods, bindings and identities only within one namespace.',
    environment: ['FORCENAMESPACED'],
  }),
  'http-probe-port': portFlag({ default: 8080, description: 'Port of /healthz and /readyz.' }),
  enableProfile: booleanFlag({
    default: false,
    description: 'Accepted for compatibility.',
    obsolete: 'profile with the tools of Node.js (node --cpu-prof, NODE_OPTIONS=--inspect)',
    inEffect: false,
  }),
  'log-format': choiceFlag({
    choices: ['text', 'json'],
    default: 'text',
    description: 'Form of the log lines.',
  }),
  version: booleanFlag({ default: false, description: 'Print the version and exit.' }),
  help: booleanFlag({ default: false, description: 'Print this text and exit.' }),
  ...klogFlags,
};
