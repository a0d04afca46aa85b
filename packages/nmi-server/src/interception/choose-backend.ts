/**
 * Which of the two backends of iptables a node uses.
 *
 * @module
 */
import type { RunCommand } from './command.js';
import { Iptables, type IptablesBackend } from './iptables.js';
import type { AddressFamily } from './nat-rules.js';

// Chains that kubelet and kube-proxy create in the backend that they use, for others to find out.
const hint = /^:KUBE-(IPTABLES-HINT|KUBELET-CANARY|PROXY-CANARY) /m;

/**
 * Finds out which backend the node uses, of those that are installed: the one that holds kubelet's hint, else the one
 * with more rules, else nft. One that cannot be read counts as empty.
 */
export async function chooseBackend(run: RunCommand, family: AddressFamily): Promise<IptablesBackend> {
  const saved = (backend: IptablesBackend): Promise<string | undefined> =>
    new Iptables(backend, family, run).save().catch(() => '');
  const [nft, legacy] = await Promise.all([saved('nft'), saved('legacy')]);
  if (nft === undefined && legacy === undefined) return 'plain';
  if (legacy === undefined) return 'nft';
  if (nft === undefined) return 'legacy';
  if (hint.test(nft)) return 'nft';
  if (hint.test(legacy)) return 'legacy';
  return ruleCount(legacy) > ruleCount(nft) ? 'legacy' : 'nft';
}

function ruleCount(text: string): number {
  return text.split('\n').filter((line) => line.startsWith('-A ')).length;
}
