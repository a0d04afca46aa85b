/**
 * kubenet lets pods send with addresses of other pods (CVE-2021-1677), and an address is all that tells NMI who asks.
 * Pure: what was read of the node comes in.
 *
 * @module
 */

/** What was read of a node. A file that is not there is left out. */
export interface NodeNetworkFacts {
  /** Text of `--kubelet-config`. */
  readonly kubeletConfig?: string;
  /** Names of the node's network interfaces. */
  readonly interfaces?: readonly string[];
  /** Texts of the files in `/etc/cni/net.d`. */
  readonly cniConfigurations?: readonly string[];
}

/** Says by what a node is seen to use kubenet, or nothing. */
export function kubenetSign(facts: NodeNetworkFacts): string | undefined {
  if (/--network-plugin=kubenet(?![\w-])/.test(facts.kubeletConfig ?? '')) {
    return "the kubelet's configuration has --network-plugin=kubenet";
  }
  if (facts.interfaces?.includes('cbr0') === true) return 'the node has the bridge cbr0';
  return facts.cniConfigurations?.some(namesKubenet) === true
    ? "the node's CNI configuration uses kubenet's bridge"
    : undefined;
}

/** A configuration counts when its network is called kubenet, or a plugin in it uses the bridge cbr0. */
function namesKubenet(text: string): boolean {
  let configuration: unknown;
  try {
    configuration = JSON.parse(text);
  } catch {
    return false;
  }
  const plugins = field(configuration, 'plugins');
  const all = [configuration, ...(Array.isArray(plugins) ? (plugins as unknown[]) : [])];
  return all.some((part) => field(part, 'bridge') === 'cbr0' || field(part, 'name') === 'kubenet');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
