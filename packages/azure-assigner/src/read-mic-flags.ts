/**
 * What the command line and the environment say to `mic`, and what of it an operator should read about.
 *
 * @module
 */
import { parseFlags, type FlagValues } from '@aad-pod-identity/program';
import { micFlags, type MicFlags } from './mic-flags.js';

/** Variables that the original's manifests set, which no flag takes, and why they have no meaning any more. */
const obsoleteVariables: Readonly<Record<string, string>> = {
  MIC_POD_NAMESPACE:
    'it said where the ConfigMap with the state of the type upgrade is, and there is no upgrade',
};

/** What `mic` is to do: its work until it is stopped, or taking itself off the cluster. */
export type MicCommand = 'run' | 'uninstall';

/**
 * Reads them.
 *
 * @throws UsageError naming the flag or variable that is unknown or has a bad value
 */
export function readMicFlags(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): {
  readonly command: MicCommand;
  readonly values: FlagValues<MicFlags>;
  readonly warnings: readonly string[];
} {
  const { values, warnings, positional, given } = parseFlags(micFlags, argv, environment);
  const [first] = positional;
  const command = first === 'uninstall' ? 'uninstall' : 'run';
  const more: string[] = [];
  for (const [name, why] of Object.entries(obsoleteVariables)) {
    if ((environment[name] ?? '') !== '') more.push(`environment variable ${name} has no effect: ${why}`);
  }
  for (const argument of command === 'uninstall' ? positional.slice(1) : positional) {
    more.push(
      `argument "${argument}" has no effect: it is no flag, and a boolean is written --flag=${argument}`,
    );
  }
  if (given.has('output') && !values['dry-run']) more.push('--output has no effect: it is for --dry-run');
  for (const name of ['attached', 'stop-deployment', 'timeout'] as const) {
    if (given.has(name) && command !== 'uninstall')
      more.push(`--${name} has no effect: it is for "mic uninstall"`);
  }
  return { command, values, warnings: [...warnings, ...more] };
}
