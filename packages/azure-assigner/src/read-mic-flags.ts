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

/**
 * Reads them.
 *
 * @throws UsageError naming the flag or variable that is unknown or has a bad value
 */
export function readMicFlags(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { readonly values: FlagValues<MicFlags>; readonly warnings: readonly string[] } {
  const { values, warnings, positional, given } = parseFlags(micFlags, argv, environment);
  const more: string[] = [];
  for (const [name, why] of Object.entries(obsoleteVariables)) {
    if ((environment[name] ?? '') !== '') more.push(`environment variable ${name} has no effect: ${why}`);
  }
  for (const argument of positional) {
    more.push(
      `argument "${argument}" has no effect: it is no flag, and a boolean is written --flag=${argument}`,
    );
  }
  if (given.has('output') && !values['dry-run']) more.push('--output has no effect: it is for --dry-run');
  return { values, warnings: [...warnings, ...more] };
}
