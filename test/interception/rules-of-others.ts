/**
 * Rules as other programs leave them on a node.
 *
 * @module
 */
import type { TestNode } from './network-namespace.js';

/** Adds service rules with a comment and counters, a masquerade, a filter. */
export async function addRulesOfOthers(node: TestNode, program: string): Promise<void> {
  const nat = (...args: string[]): Promise<void> => node.iptables(program, '-t', 'nat', ...args);
  const [service, endpoint, pods] = program.startsWith('ip6')
    ? ['fd96::1/128', '[fd77::9]:6443', 'fd77::/64']
    : ['10.96.0.1/32', '10.77.0.9:6443', '10.77.0.0/24'];
  const dnat = ['-p', 'tcp', '--dport', '443', '-j', 'DNAT', '--to-destination', endpoint];
  await nat('-N', 'KUBE-SERVICES');
  await nat('-A', 'PREROUTING', '-m', 'comment', '--comment', 'service portals', '-j', 'KUBE-SERVICES');
  await nat('-A', 'KUBE-SERVICES', '-d', service, ...dnat);
  await nat('-A', 'POSTROUTING', '-s', pods, '-j', 'MASQUERADE');
  await node.iptables(program, '-A', 'FORWARD', '-p', 'tcp', '--dport', '25', '-j', 'DROP');
}
