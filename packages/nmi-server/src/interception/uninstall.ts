/**
 * The command `nmi uninstall`.
 *
 * @module
 */
import { UsageError } from '@aad-pod-identity/program';
import type { RunCommand } from './command.js';
import { removeRulesEverywhere } from './remove-rules.js';

/**
 * Takes our rules off a node where NMI no longer runs.
 *
 * @returns the exit code: 1 where rules may have stayed
 * @throws UsageError where iptables is not installed
 */
export async function uninstall(run: RunCommand, print: (text: string) => void): Promise<number> {
  const removals = await removeRulesEverywhere(run);
  if (removals.length === 0) {
    throw new UsageError(
      'iptables is not installed here: run "nmi uninstall" on the network of the node, as root, where iptables is (as in the image of NMI)',
    );
  }
  for (const { where, outcome } of removals) {
    if (outcome === 'removed') print(`${where}: the redirection is taken away\n`);
    else if (outcome === 'none') print(`${where}: there is no redirection\n`);
    else print(`${where}: the redirection could not be taken away: ${outcome.failed.message}\n`);
  }
  return removals.some(({ outcome }) => typeof outcome === 'object') ? 1 : 0;
}
