import { execFileSync } from 'node:child_process';
import { connect, NetworkNamespace } from './network-namespaces.js';
import { nodeName, type Stage } from './stage.js';

const imds = '169.254.169.254';
/** By which the simulator is told the address of a pod that has a network already. */
const podAddressAnnotation = 'simulator.aad-pod-identity/pod-ip';

/**
 * Network namespaces play the node and its pods, as they do on a real node. NMI redirects what pods send to IMDS; their
 * programs are told nothing. The addresses are of the ranges for benchmarks, which nobody uses.
 */
export function namespaceStage(pods: readonly string[]): Stage {
  const network = process.pid % 250;
  const nodeAddress = `198.18.${network}.2`;
  const opened: NetworkNamespace[] = [];
  const open = (name: string): NetworkNamespace => {
    const namespace = new NetworkNamespace(`demo-${process.pid}-${name}`);
    opened.push(namespace);
    return namespace;
  };
  const close = (): void => {
    for (const namespace of opened.splice(0).reverse()) namespace[Symbol.dispose]();
  };
  try {
    const node = open('node');
    connect(
      { device: `demo-${process.pid % 1_000_000}`, address: `198.18.${network}.1/30` },
      { namespace: node, device: 'uplink', address: `${nodeAddress}/30` },
    );
    node.ip('addr', 'add', `${imds}/32`, 'dev', 'lo');
    allowRedirectionToLoopback(node);
    const networks = new Map(
      pods.map((pod, index) => [pod, connectPod(node, open(pod), index, `198.19.${network}`)] as const),
    );
    return {
      description: 'network namespaces play the node and its pods; iptables redirects what they send to IMDS',
      intercepts: true,
      onNode: node.prefix,
      simulatorArguments: [`--host=${nodeAddress}`, `--imds-address=${nodeName}=${imds}:80`],
      nmiArguments: () => [],
      nmiReady: /are redirected to (\S+:\d+)/,
      podAnnotations: (pod) => ({ [podAddressAnnotation]: networkOf(networks, pod).address }),
      asPod: (pod) => ({ prefix: networkOf(networks, pod).namespace.prefix, demoArguments: [] }),
      asNode: () => ({ prefix: node.prefix, demoArguments: [] }),
      [Symbol.asyncDispose]: async () => {
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

interface PodNetwork {
  readonly namespace: NetworkNamespace;
  readonly address: string;
}

/** A network of two addresses for each pod; everything else goes by way of the node. */
function connectPod(
  node: NetworkNamespace,
  namespace: NetworkNamespace,
  index: number,
  network: string,
): PodNetwork {
  const gateway = `${network}.${index * 4 + 1}`;
  const address = `${network}.${index * 4 + 2}`;
  connect(
    { namespace: node, device: `pod${index}`, address: `${gateway}/30` },
    { namespace, device: 'eth0', address: `${address}/30` },
  );
  namespace.ip('route', 'add', 'default', 'via', gateway);
  return { namespace, address };
}

function networkOf(networks: ReadonlyMap<string, PodNetwork>, pod: string): PodNetwork {
  const network = networks.get(pod);
  if (network === undefined) throw new Error(`pod ${pod} has no network namespace`);
  return network;
}

/** As kube-proxy does: without it the kernel drops what is redirected to 127.0.0.1. */
function allowRedirectionToLoopback({ prefix }: NetworkNamespace): void {
  const [program = '', ...args] = prefix;
  execFileSync(program, [...args, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet']);
}
