/**
 * The name of an instance that was given none.
 *
 * @module
 */

/**
 * The host name, and what no other process has: two instances on one machine, or with the network of one node, share the
 * host name, and whoever finds its own name in the lease takes it over without waiting.
 *
 * @example
 * unnamedInstance({ hostName: 'vm-0', random: Math.random }); // 'vm-0_k3f09x2mq7tz'
 */
export function unnamedInstance(of: { readonly hostName: string; readonly random: () => number }): string {
  const digit = (): string => Math.floor(of.random() * 36).toString(36);
  return `${of.hostName}_${Array.from({ length: 12 }, digit).join('')}`;
}
