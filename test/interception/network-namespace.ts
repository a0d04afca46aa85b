/**
 * Network namespaces for tests: a node, and a pod that is connected with it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { runCommand, type RunCommand } from '../../packages/nmi-server/src/interception/command.js';

export const nodeAddress = '10.77.0.1';
export const podAddress = '10.77.0.2';

/** A node and a pod, each in a namespace of its own. */
export interface TestNode extends Disposable {
  /** Name of the node's namespace. */
  readonly name: string;
  /** Runs a program in the node's namespace. */
  readonly onNode: RunCommand;
  /** Runs a program in the pod's namespace. */
  readonly inPod: RunCommand;
  /** The rules of the whole node, without counters and comments. */
  rules(backend: string): Promise<string>;
}

let created = 0;

/** Makes a node with a pod; disposing it takes both away with every rule in them. */
export function createTestNode(): TestNode {
  const id = `${process.pid}-${created++}`;
  const node = `nmi-node-${id}`;
  const pod = `nmi-pod-${id}`;
  const ip = (...args: string[]): void =>
    void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const within =
    (namespace: string): RunCommand =>
    (program, args, input) =>
      runCommand('ip', ['netns', 'exec', namespace, program, ...args], input);
  ip('netns', 'add', node);
  ip('netns', 'add', pod);
  ip('-n', node, 'link', 'add', 'veth-pod', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod);
  ip('-n', node, 'addr', 'add', `${nodeAddress}/24`, 'dev', 'veth-pod');
  ip('-n', pod, 'addr', 'add', `${podAddress}/24`, 'dev', 'eth0');
  for (const [namespace, device] of [
    [node, 'lo'],
    [node, 'veth-pod'],
    [pod, 'lo'],
    [pod, 'eth0'],
  ] as const) {
    ip('-n', namespace, 'link', 'set', device, 'up');
  }
  ip('-n', pod, 'route', 'add', 'default', 'via', nodeAddress);
  const onNode = within(node);
  return {
    name: node,
    onNode,
    inPod: within(pod),
    rules: async (backend) => {
      const result = await onNode(`iptables-${backend}-save`, []);
      if (result.kind !== 'exited' || result.code !== 0) throw new Error(`iptables-${backend}-save failed`);
      return result.stdout.replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '[0:0]');
    },
    [Symbol.dispose]: () => {
      ip('netns', 'del', pod);
      ip('netns', 'del', node);
    },
  };
}
