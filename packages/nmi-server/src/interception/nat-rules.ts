/**
 * The rules that redirect metadata requests to NMI (section 9 of the contract): what they are, whether a node has
 * them, and the input for `iptables-restore --noflush` that puts them there or takes them away in one step. Pure.
 *
 * @module
 */

/** Name of our chain in the nat table; the original's, so that either version finds and replaces the other's rules. */
export const chain = 'aad-metadata';

/** IPv4 and IPv6 have a nat table each, with a program each. */
export type AddressFamily = 'ipv4' | 'ipv6';

/** What is redirected, and where to. Both addresses are of one family, IPv6 ones in their canonical spelling. */
export interface Redirection {
  /** `--metadata-ip` */
  readonly metadataIp: string;
  /** `--metadata-port` */
  readonly metadataPort: number;
  /** Where NMI listens, as pods' packets can reach it. */
  readonly targetIp: string;
  readonly targetPort: number;
}

/** What `iptables -t nat -S` shows of a node; `chain` is undefined where ours does not exist. */
export interface NatListing {
  readonly prerouting: readonly string[];
  readonly chain: readonly string[] | undefined;
}

const jump = `-A PREROUTING -j ${chain}`;

/** The family of an address that is known to be one. */
export function familyOf(address: string): AddressFamily {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** The lines of our chain, spelled as `iptables -S` prints them. */
export function chainRules(redirection: Redirection): readonly string[] {
  const { metadataIp, metadataPort, targetIp, targetPort } = redirection;
  const [node, bits, target] =
    familyOf(metadataIp) === 'ipv4' ? ['127.0.0.1', 32, targetIp] : ['::1', 128, `[${targetIp}]`];
  return [
    `-A ${chain} ! -s ${node}/${bits} -d ${metadataIp}/${bits} -p tcp -m tcp --dport ${metadataPort} -j DNAT --to-destination ${target}:${targetPort}`,
    `-A ${chain} -j RETURN`,
  ];
}

/**
 * Says what is wrong with the rules of a node, or nothing where they are exactly right: our chain as it must be, and
 * one jump to it, before every other rule of PREROUTING.
 */
export function ruleDefect(listing: NatListing, redirection: Redirection): string | undefined {
  if (listing.chain === undefined) return `the chain ${chain} is missing`;
  const wanted = chainRules(redirection);
  const found = rulesOf(listing.chain);
  if (found.length !== wanted.length || found.some((rule, i) => rule !== wanted[i])) {
    return `the chain ${chain} holds other rules`;
  }
  const prerouting = rulesOf(listing.prerouting);
  if (!prerouting.includes(jump)) return `PREROUTING does not jump to ${chain}`;
  if (prerouting[0] !== jump) return `another rule of PREROUTING comes before the jump to ${chain}`;
  return jumps(listing) > 1 ? `PREROUTING jumps to ${chain} more than once` : undefined;
}

/** Input that makes the rules right, whatever they were; rules of others stay as they are. */
export function installInput(listing: NatListing, redirection: Redirection): string {
  return restoreInput([...dropJumps(listing), `-I PREROUTING 1 -j ${chain}`, ...chainRules(redirection)]);
}

/** Input that takes our jump and our chain away, and nothing else. */
export function removeInput(listing: NatListing): string {
  return restoreInput([...dropJumps(listing), `-X ${chain}`]);
}

/** Input that takes our jump away and empties our chain, for where something else still refers to it. */
export function disarmInput(listing: NatListing): string {
  return restoreInput(dropJumps(listing));
}

/** Whether a node has anything of ours. */
export function hasOurRules(listing: NatListing): boolean {
  return listing.chain !== undefined || jumps(listing) > 0;
}

/** Whether `iptables-save` shows anything of ours. */
export function savesOurRules(saved: string): boolean {
  return saved.split('\n').some((line) => line.startsWith(`:${chain} `) || line === jump);
}

// Declaring the chain creates it, or empties it where it exists.
function restoreInput(lines: readonly string[]): string {
  return ['*nat', `:${chain} - [0:0]`, ...lines, 'COMMIT', ''].join('\n');
}

function dropJumps(listing: NatListing): string[] {
  return Array.from({ length: jumps(listing) }, () => `-D PREROUTING -j ${chain}`);
}

function jumps(listing: NatListing): number {
  return rulesOf(listing.prerouting).filter((rule) => rule === jump).length;
}

function rulesOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('-A '));
}
