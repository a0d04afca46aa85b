import { VirtualClock } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Interceptor,
  removeOurRules,
  type InterceptionEvent,
} from '../../packages/nmi-server/src/interception/interceptor.js';
import { chooseBackend, Iptables } from '../../packages/nmi-server/src/interception/iptables.js';
import { createTestNode, nodeAddress, type TestNode } from './network-namespace.js';

const redirection = {
  metadataIp: '169.254.169.254',
  metadataPort: 80,
  targetIp: nodeAddress,
  targetPort: 2579,
};
const intervalMs = 60_000;

describe.each(['nft', 'legacy'] as const)('redirection with iptables-%s', (backend) => {
  let node: TestNode;
  let clock: VirtualClock;
  let events: InterceptionEvent[];
  let interceptor: Interceptor;

  const iptables = async (...args: string[]): Promise<void> => {
    const result = await node.onNode(`iptables-${backend}`, ['-w', ...args]);
    if (result.kind !== 'exited' || result.code !== 0)
      throw new Error(`iptables ${args.join(' ')}: ${JSON.stringify(result)}`);
  };
  /** Rules as other programs leave them: service rules, a masquerade, a filter. */
  const addRulesOfOthers = async (): Promise<void> => {
    await iptables('-t', 'nat', '-N', 'KUBE-SERVICES');
    await iptables(
      '-t',
      'nat',
      '-A',
      'PREROUTING',
      '-m',
      'comment',
      '--comment',
      'service portals',
      '-j',
      'KUBE-SERVICES',
    );
    await iptables(
      '-t',
      'nat',
      '-A',
      'KUBE-SERVICES',
      '-d',
      '10.96.0.1/32',
      '-p',
      'tcp',
      '--dport',
      '443',
      '-j',
      'DNAT',
      '--to-destination',
      '10.77.0.9:6443',
    );
    await iptables('-t', 'nat', '-A', 'POSTROUTING', '-s', '10.77.0.0/24', '-j', 'MASQUERADE');
    await iptables('-A', 'FORWARD', '-p', 'tcp', '--dport', '25', '-j', 'DROP');
  };
  const settled = async (count: number): Promise<void> => {
    const deadline = Date.now() + 20_000;
    while (events.length < count) {
      if (Date.now() > deadline)
        throw new Error(`only ${events.length} of ${count} events: ${JSON.stringify(events)}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  beforeEach(() => {
    node = createTestNode();
    clock = new VirtualClock();
    events = [];
    interceptor = new Interceptor({
      clock,
      run: node.onNode,
      backend,
      redirection,
      intervalMs,
      onEvent: (event) => events.push(event),
    });
  });
  afterEach(async () => {
    await interceptor.stop(false);
    node[Symbol.dispose]();
  });

  it('appears on a bare node, exactly as the contract says, and goes again', async () => {
    await interceptor.start();
    expect(events).toEqual([{ kind: 'installed', backend, defect: 'the chain aad-metadata is missing' }]);
    const rules = await node.rules(backend);
    expect(rules).toContain(
      `-A aad-metadata ! -s 127.0.0.1/32 -d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination ${nodeAddress}:2579\n-A aad-metadata -j RETURN\n`,
    );
    await interceptor.stop(true);
    expect(await node.rules(backend)).not.toContain('aad-metadata');
  });

  it('leaves the rules of others byte-identical, through install, repair and removal', async () => {
    await addRulesOfOthers();
    const before = await node.rules(backend);
    await interceptor.start();
    const withOurs = await node.rules(backend);
    expect(withOurs.match(/^-A PREROUTING.*$/gm)?.[0]).toBe('-A PREROUTING -j aad-metadata');
    expect(withOurs.replace(/^.*aad-metadata.*\n/gm, '')).toBe(before);
    await iptables('-t', 'nat', '-I', 'PREROUTING', '1', '-j', 'KUBE-SERVICES');
    await iptables('-t', 'nat', '-A', 'PREROUTING', '-j', 'aad-metadata');
    await clock.advance(intervalMs);
    await settled(2);
    await iptables('-t', 'nat', '-D', 'PREROUTING', '-j', 'KUBE-SERVICES');
    expect(await node.rules(backend)).toBe(withOurs);
    await interceptor.stop(true);
    expect(await node.rules(backend)).toBe(before);
  });

  it('comes back after a flush of the whole table', async () => {
    await interceptor.start();
    const withOurs = await node.rules(backend);
    await iptables('-t', 'nat', '-F');
    await iptables('-t', 'nat', '-X');
    expect(interceptor.inPlace).toBe(true);
    await clock.advance(intervalMs);
    await settled(2);
    expect(await node.rules(backend)).toBe(withOurs);
  });

  it('replaces the rules of an earlier NMI with another target, and a changed chain', async () => {
    const earlier = new Interceptor({
      clock,
      run: node.onNode,
      backend,
      redirection: { ...redirection, targetPort: 2580 },
      intervalMs,
      onEvent: () => undefined,
    });
    await earlier.start();
    await earlier.stop(false);
    await interceptor.start();
    expect(await node.rules(backend)).not.toContain(':2580');
    await iptables('-t', 'nat', '-I', 'aad-metadata', '1', '-j', 'ACCEPT');
    await clock.advance(intervalMs);
    await settled(2);
    expect(await node.rules(backend)).not.toContain('-j ACCEPT');
    expect(await node.rules(backend)).toContain(`DNAT --to-destination ${nodeAddress}:2579`);
  });

  it('takes effect away where somebody else refers to our chain', async () => {
    await interceptor.start();
    await iptables('-t', 'nat', '-A', 'OUTPUT', '-j', 'aad-metadata');
    expect(await removeOurRules(new Iptables(backend, node.onNode))).toBe(true);
    const rules = await node.rules(backend);
    expect(rules).not.toContain('DNAT');
    expect(rules).not.toContain('PREROUTING -j aad-metadata');
    expect(rules).toContain('-A OUTPUT -j aad-metadata');
  });

  it('finds out that the node uses this backend', async () => {
    await iptables('-t', 'mangle', '-N', 'KUBE-IPTABLES-HINT');
    expect(await chooseBackend(node.onNode)).toBe(backend);
  });
});
