/**
 * Network namespaces for tests: a node, a pod that is connected with it, and IMDS behind the node.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { runCommand, type RunCommand } from '../../packages/nmi-server/src/interception/command.js';
import {
  followCommand,
  type FollowCommand,
} from '../../packages/nmi-server/src/interception/follow-command.js';

export const nodeAddress = '10.77.0.1';
export const podAddress = '10.77.0.2';
export const imdsAddress = '169.254.169.254';
/** The same for IPv6; Azure's IMDS has no such address, others' do. */
export const nodeAddress6 = 'fd77::1';
export const podAddress6 = 'fd77::2';
export const imdsAddress6 = 'fd00:a9fe::254';

/** A node, a pod and an IMDS, each in a namespace of its own. */
export interface TestNode extends Disposable {
  /** Names of the namespaces. */
  readonly name: string;
  readonly pod: string;
  readonly imds: string;
  /** Runs a program in the node's namespace. */
  readonly onNode: RunCommand;
  /** Follows a program in the node's namespace. */
  readonly followOnNode: FollowCommand;
  /** Runs a program in the pod's namespace. */
  readonly inPod: RunCommand;
  /** Runs iptables or ip6tables of a backend on the node, waiting for the lock; throws where it fails. */
  iptables(program: string, ...args: readonly string[]): Promise<void>;
  /** The rules of the whole node by `PROGRAM-save`, without counters and comments. */
  rules(program: string): Promise<string>;
}

let created = 0;

/** Makes them; disposing takes all away with every rule in them. */
export function createTestNode(): TestNode {
  const id = `${process.pid}-${created++}`;
  const [node, pod, imds] = [`nmi-node-${id}`, `nmi-pod-${id}`, `nmi-imds-${id}`];
  const ip = (...args: string[]): void =>
    void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  for (const namespace of [node, pod, imds]) {
    ip('netns', 'add', namespace);
    // IPv6 addresses are usable at once, without a search for others that have them.
    ip('netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  const connect = (
    device: string,
    other: string,
    addresses: readonly (readonly [string, string])[],
  ): void => {
    ip('-n', node, 'link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', other);
    for (const [here, there] of addresses) {
      ip('-n', node, 'addr', 'add', here, 'dev', device);
      ip('-n', other, 'addr', 'add', there, 'dev', 'eth0');
    }
    ip('-n', node, 'link', 'set', device, 'up');
    ip('-n', other, 'link', 'set', 'eth0', 'up');
  };
  connect('veth-pod', pod, [
    [`${nodeAddress}/24`, `${podAddress}/24`],
    [`${nodeAddress6}/64`, `${podAddress6}/64`],
  ]);
  connect('veth-imds', imds, [
    ['169.254.169.1/24', `${imdsAddress}/24`],
    ['fd00:a9fe::1/64', `${imdsAddress6}/64`],
  ]);
  for (const [namespace, gateway, gateway6] of [
    [pod, nodeAddress, nodeAddress6],
    [imds, '169.254.169.1', 'fd00:a9fe::1'],
  ] as const) {
    ip('-n', namespace, 'route', 'add', 'default', 'via', gateway);
    ip('-n', namespace, '-6', 'route', 'add', 'default', 'via', gateway6);
  }
  for (const setting of ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'])
    ip('netns', 'exec', node, 'sysctl', '-qw', setting);
  const within =
    (namespace: string): RunCommand =>
    (program, args, input) =>
      runCommand('ip', ['netns', 'exec', namespace, program, ...args], input);
  const onNode = within(node);
  return {
    name: node,
    pod,
    imds,
    onNode,
    followOnNode: (program, args, listener) =>
      followCommand('ip', ['netns', 'exec', node, program, ...args], listener),
    inPod: within(pod),
    iptables: async (program, ...args) => {
      const result = await onNode(program, ['-w', ...args]);
      if (result.kind !== 'exited' || result.code !== 0)
        throw new Error(`${program} ${args.join(' ')}: ${JSON.stringify(result)}`);
    },
    rules: async (program) => {
      const result = await onNode(`${program}-save`, []);
      if (result.kind !== 'exited' || result.code !== 0) throw new Error(`${program}-save failed`);
      return result.stdout.replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '[0:0]');
    },
    [Symbol.dispose]: () => {
      for (const namespace of [pod, imds, node]) ip('netns', 'del', namespace);
    },
  };
}
