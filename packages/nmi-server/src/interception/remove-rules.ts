/**
 * Taking our rules away, and only those.
 *
 * @module
 */
import type { RunCommand } from './command.js';
import { Iptables } from './iptables.js';
import { disarmInput, hasOurRules, removeInput, savesOurRules } from './nat-rules.js';

/** What was found and done in one rule set of the node. */
export interface Removal {
  /** Such as `iptables (nft)`. */
  readonly where: string;
  readonly outcome: 'removed' | 'none' | { readonly failed: Error };
}

/**
 * Takes our rules out of one rule set.
 *
 * @returns whether there were any
 */
async function removeOurRules(iptables: Iptables): Promise<boolean> {
  const listing = await iptables.list();
  if (!hasOurRules(listing)) return false;
  try {
    await iptables.restore(removeInput(listing));
  } catch {
    // A rule of somebody else refers to our chain, so that it cannot go: what is in it can.
    await iptables.restore(disarmInput(await iptables.list()));
  }
  return true;
}

/**
 * Takes our rules out of every rule set of the node: IPv4 and IPv6, of each backend that is installed. Never rejects.
 *
 * @returns one entry for each rule set; none where iptables is not installed
 */
export async function removeRulesEverywhere(run: RunCommand): Promise<readonly Removal[]> {
  const removals: Removal[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    const program = family === 'ipv4' ? 'iptables' : 'ip6tables';
    const before = removals.length;
    for (const backend of ['nft', 'legacy', 'plain'] as const) {
      // What "iptables" alone is has been seen by then under its full name.
      if (backend === 'plain' && removals.length > before) continue;
      const outcome = await removeFrom(new Iptables(backend, family, run));
      if (outcome !== 'missing')
        removals.push({ where: backend === 'plain' ? program : `${program} (${backend})`, outcome });
    }
  }
  return removals;
}

async function removeFrom(iptables: Iptables): Promise<Removal['outcome'] | 'missing'> {
  try {
    // Unlike a listing, this does not make the kernel load a backend that the node does not use.
    const saved = await iptables.save();
    if (saved === undefined) return 'missing';
    return savesOurRules(saved) && (await removeOurRules(iptables)) ? 'removed' : 'none';
  } catch (error) {
    return { failed: error instanceof Error ? error : new Error(String(error)) };
  }
}
