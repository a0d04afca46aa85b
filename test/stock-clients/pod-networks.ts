import { execFileSync } from 'node:child_process';
import { connect, NetworkNamespace } from '../../examples/demo/network-namespaces.js';

/** The address at which stock clients look for IMDS. */
export const imdsAddress = '169.254.169.254';

/** Names and addresses of the networks of one run; of the ranges for benchmarks, which nobody uses. */
export class Networks {
  /** The process that made them. */
  readonly run: number;

  constructor(run: number) {
    this.run = run;
  }

  get node(): string {
    return `stock-${this.run}-node`;
  }

  /** The address of the node, for its pods. */
  readonly nodeAddress = '198.18.0.1';

  pod(number: number): string {
    return `stock-${this.run}-${number}`;
  }

  podAddress(number: number): string {
    return `198.19.${number}.2`;
  }

  gateway(number: number): string {
    return `198.19.${number}.1`;
  }
}

/**
 * Makes a network namespace for the node, with IMDS's address, and one for each pod, which reaches everything by way of
 * the node. Nothing else is reached from any of them. All are gone when this is disposed.
 */
export function createNetworks(networks: Networks, pods: number): Disposable {
  const opened: NetworkNamespace[] = [];
  const open = (name: string): NetworkNamespace => {
    const namespace = new NetworkNamespace(name);
    opened.push(namespace);
    return namespace;
  };
  const node = open(networks.node);
  node.ip('addr', 'add', `${imdsAddress}/32`, 'dev', 'lo');
  node.ip('addr', 'add', `${networks.nodeAddress}/32`, 'dev', 'lo');
  // As kube-proxy does: without it the kernel drops what is redirected to 127.0.0.1.
  const [program = '', ...args] = node.prefix;
  execFileSync(program, [...args, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet']);
  for (let number = 0; number < pods; number++) {
    const pod = open(networks.pod(number));
    connect(
      { namespace: node, device: `pod${number}`, address: `${networks.gateway(number)}/30` },
      { namespace: pod, device: 'eth0', address: `${networks.podAddress(number)}/30` },
    );
    pod.ip('route', 'add', 'default', 'via', networks.gateway(number));
  }
  return {
    [Symbol.dispose]: () => {
      for (const namespace of opened.reverse()) namespace[Symbol.dispose]();
    },
  };
}
