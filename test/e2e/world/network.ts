/**
 * The network: this process is on the machine that everything outside the nodes stands on (API server, Azure). Each node is a
 * network namespace with a cable to it, each pod one with a cable to its node's bridge. All of it is in the private
 * namespaces that `run.ts` makes, so that addresses cannot be anybody else's.
 *
 * @module
 */
import { run } from './command.js';

/** Where the API server and Azure listen. */
export const coreAddress = '10.0.0.1';
/** The API server as pods know it. */
export const serviceAddress = '10.96.0.1';
const podNetwork = '10.244.0.0/16';
const imdsAddress = '169.254.169.254';

async function ip(...args: string[]): Promise<void> {
  await run('ip', args);
}

/** A namespace with an address. */
export interface Place {
  readonly namespace: string;
  readonly address: string;
}

/** Makes this process's namespace the one in the middle. */
export async function openCore(): Promise<void> {
  await ip('link', 'set', 'lo', 'up');
  await ip('addr', 'add', `${coreAddress}/32`, 'dev', 'lo');
  await ip('addr', 'add', `${serviceAddress}/32`, 'dev', 'lo');
  await run('sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
  // Counts what pods send to IMDS past NMI, whatever becomes of it.
  await run('iptables', ['-t', 'mangle', '-A', 'PREROUTING', '-s', podNetwork, '-d', imdsAddress]);
}

/** How many packets of pods came out of their nodes on the way to IMDS, since the beginning. */
export async function packetsPastNmi(): Promise<number> {
  const rules = await run('iptables', ['-t', 'mangle', '-w', '-nvxL', 'PREROUTING']);
  const line = rules.split('\n').find((one) => one.includes(imdsAddress));
  const count = Number(line?.trim().split(/\s+/)[0]);
  if (!Number.isInteger(count)) throw new Error(`no counter in: ${rules}`);
  return count;
}

/** Lets pods reach the API server at the address of its service. */
export async function serveApiServer(port: number): Promise<void> {
  await redirect('-d', `${serviceAddress}/32`, 443, port);
}

async function redirect(flag: string, value: string, from: number, to: number): Promise<void> {
  const match = ['-p', 'tcp', '--dport', `${from}`, '-j', 'DNAT', '--to-destination', `${coreAddress}:${to}`];
  await run('iptables', ['-t', 'nat', '-w', '-A', 'PREROUTING', flag, value, ...match]);
}

/** A node's part of the network. */
export class NodeNetwork implements Place {
  readonly namespace: string;
  readonly address: string;
  readonly #index: number;
  readonly #taken = new Set<number>();
  #last = 1;

  private constructor(index: number) {
    this.#index = index;
    this.namespace = `node-${index}`;
    this.address = `10.1.${index}.2`;
  }

  /** Connects a node; `index` is one that no other node has, below 250. IMDS of the node listens on `imdsPort` in the middle. */
  static async connect(index: number, imdsPort: number): Promise<NodeNetwork> {
    const network = new NodeNetwork(index);
    const { namespace, address } = network;
    const cable = `cable-${index}`;
    await ip('netns', 'add', namespace);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await ip('addr', 'add', `10.1.${index}.1/30`, 'dev', cable);
    await ip('link', 'set', cable, 'up');
    await ip('-n', namespace, 'addr', 'add', `${address}/30`, 'dev', 'eth0');
    await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    await ip('-n', namespace, 'route', 'add', 'default', 'via', `10.1.${index}.1`);
    await ip('route', 'add', `10.244.${index}.0/24`, 'via', address);
    await ip('-n', namespace, 'link', 'add', 'cni0', 'type', 'bridge');
    await ip('-n', namespace, 'addr', 'add', `10.244.${index}.1/24`, 'dev', 'cni0');
    await ip('-n', namespace, 'link', 'set', 'cni0', 'up');
    // The second is what kube-proxy sets: without it nothing can be redirected to 127.0.0.1.
    for (const setting of ['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.route_localnet=1'])
      await run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', setting]);
    const destination = [
      '-p',
      'tcp',
      '--dport',
      '80',
      '-j',
      'DNAT',
      '--to-destination',
      `${coreAddress}:${imdsPort}`,
    ];
    const from = ['-i', cable, '-d', `${imdsAddress}/32`];
    await run('iptables', ['-t', 'nat', '-w', '-A', 'PREROUTING', ...from, ...destination]);
    return network;
  }

  /** Connects a pod. */
  async addPod(namespace: string): Promise<Place> {
    const number = this.#nextNumber();
    const address = `10.244.${this.#index}.${number}`;
    const node = this.namespace;
    const port = `pod-${number}`;
    await ip('netns', 'add', namespace);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    await ip('-n', node, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await ip('-n', node, 'link', 'set', port, 'master', 'cni0', 'up');
    await ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    await ip('-n', namespace, 'route', 'add', 'default', 'via', `10.244.${this.#index}.1`);
    return { namespace, address };
  }

  /** Takes a pod's namespace away, and its address is free. */
  async removePod({ namespace, address }: Place): Promise<void> {
    await ip('netns', 'del', namespace);
    const number = Number(address.split('.')[3]);
    // A veth pair goes with its other end, but only after a while; its name is needed again.
    await ip('-n', this.namespace, 'link', 'del', `pod-${number}`).catch(() => undefined);
    this.#taken.delete(number);
  }

  /** The rules of the node's nat table. */
  async natRules(): Promise<string> {
    return run('ip', ['netns', 'exec', this.namespace, 'iptables-save', '-t', 'nat']);
  }

  async disconnect(): Promise<void> {
    await ip('netns', 'del', this.namespace);
  }

  #nextNumber(): number {
    for (let tried = 0; tried < 253; tried++) {
      this.#last = this.#last >= 254 ? 2 : this.#last + 1;
      if (this.#taken.has(this.#last)) continue;
      this.#taken.add(this.#last);
      return this.#last;
    }
    throw new Error(`no address is left on ${this.namespace}`);
  }
}
