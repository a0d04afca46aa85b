import { VirtualClock } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseBackend } from '../../packages/nmi-server/src/interception/choose-backend.js';
import {
  Interceptor,
  type InterceptionEvent,
} from '../../packages/nmi-server/src/interception/interceptor.js';
import { removeRulesEverywhere } from '../../packages/nmi-server/src/interception/remove-rules.js';
import {
  createTestNode,
  imdsAddress6,
  nodeAddress,
  nodeAddress6,
  type TestNode,
} from './network-namespace.js';
import { addRulesOfOthers } from './rules-of-others.js';

const addresses = {
  ipv4: { metadataIp: '169.254.169.254', targetIp: nodeAddress },
  ipv6: { metadataIp: imdsAddress6, targetIp: nodeAddress6 },
};
const intervalMs = 60_000;

describe.each([
  ['iptables', 'nft', 'ipv4'],
  ['iptables', 'legacy', 'ipv4'],
  ['ip6tables', 'nft', 'ipv6'],
  ['ip6tables', 'legacy', 'ipv6'],
] as const)('redirection with %s-%s', (name, backend, family) => {
  const program = `${name}-${backend}`;
  const redirection = { ...addresses[family], metadataPort: 80, targetPort: 2579 };
  const target = family === 'ipv4' ? nodeAddress : `[${nodeAddress6}]`;
  let node: TestNode;
  let clock: VirtualClock;
  let events: InterceptionEvent[];
  let interceptor: Interceptor;

  const iptables = (...args: string[]): Promise<void> => node.iptables(program, ...args);
  const settled = async (count: number): Promise<void> => {
    const deadline = Date.now() + 20_000;
    while (events.length < count) {
      if (Date.now() > deadline)
        throw new Error(`only ${events.length} of ${count} events: ${JSON.stringify(events)}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const uninstall = async (): Promise<unknown> => {
    const removals = await removeRulesEverywhere(node.onNode);
    expect(removals.map(({ where }) => where)).toEqual([
      'iptables (nft)',
      'iptables (legacy)',
      'ip6tables (nft)',
      'ip6tables (legacy)',
    ]);
    const done = removals.filter(({ outcome }) => outcome !== 'none');
    return done.length === 0
      ? 'none'
      : done.map(
          ({ where, outcome }) =>
            `${where} ${typeof outcome === 'string' ? outcome : outcome.failed.message}`,
        );
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
    await interceptor.stop();
    node[Symbol.dispose]();
  });

  it('appears on a bare node, exactly as the contract says, and goes again', async () => {
    await interceptor.start();
    expect(events).toEqual([{ kind: 'in-place', defect: 'the chain aad-metadata is missing' }]);
    const [source, bits] = family === 'ipv4' ? ['127.0.0.1', 32] : ['::1', 128];
    expect(await node.rules(program)).toContain(
      `-A aad-metadata ! -s ${source}/${bits} -d ${redirection.metadataIp}/${bits} -p tcp -m tcp --dport 80 -j DNAT --to-destination ${target}:2579\n-A aad-metadata -j RETURN\n`,
    );
    await interceptor.stop();
    expect(await node.rules(program)).toContain('-A PREROUTING -j aad-metadata\n');
    expect(await uninstall()).toEqual([`${name} (${backend}) removed`]);
    expect(await node.rules(program)).not.toContain('aad-metadata');
    expect(await uninstall()).toBe('none');
  });

  it('leaves the rules of others byte-identical, through install, repair and removal', async () => {
    await addRulesOfOthers(node, program);
    const before = await node.rules(program);
    await interceptor.start();
    const withOurs = await node.rules(program);
    expect(withOurs.match(/^-A PREROUTING.*$/gm)?.[0]).toBe('-A PREROUTING -j aad-metadata');
    expect(withOurs.replace(/^.*aad-metadata.*\n/gm, '')).toBe(before);
    await iptables('-t', 'nat', '-I', 'PREROUTING', '1', '-j', 'KUBE-SERVICES');
    await iptables('-t', 'nat', '-A', 'PREROUTING', '-j', 'aad-metadata');
    await clock.advance(intervalMs);
    await settled(2);
    await iptables('-t', 'nat', '-D', 'PREROUTING', '-j', 'KUBE-SERVICES');
    expect(await node.rules(program)).toBe(withOurs);
    await interceptor.stop();
    await uninstall();
    expect(await node.rules(program)).toBe(before);
  });

  it('comes back after a flush of the whole table', async () => {
    await interceptor.start();
    const withOurs = await node.rules(program);
    await iptables('-t', 'nat', '-F');
    await iptables('-t', 'nat', '-X');
    expect(interceptor.inPlace).toBe(true);
    await clock.advance(intervalMs);
    await settled(2);
    expect(await node.rules(program)).toBe(withOurs);
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
    await earlier.stop();
    await interceptor.start();
    expect(await node.rules(program)).not.toContain(':2580');
    await iptables('-t', 'nat', '-I', 'aad-metadata', '1', '-j', 'ACCEPT');
    await clock.advance(intervalMs);
    await settled(2);
    expect(await node.rules(program)).not.toContain('-j ACCEPT');
    expect(await node.rules(program)).toContain(`DNAT --to-destination ${target}:2579`);
  });

  it('takes effect away where somebody else refers to our chain', async () => {
    await interceptor.start();
    await interceptor.stop();
    await iptables('-t', 'nat', '-A', 'OUTPUT', '-j', 'aad-metadata');
    expect(await uninstall()).toEqual([`${name} (${backend}) removed`]);
    const rules = await node.rules(program);
    expect(rules).not.toContain('DNAT');
    expect(rules).not.toContain('PREROUTING -j aad-metadata');
    expect(rules).toContain('-A OUTPUT -j aad-metadata');
  });

  it('finds out that the node uses this backend', async () => {
    await iptables('-t', 'mangle', '-N', 'KUBE-IPTABLES-HINT');
    expect(await chooseBackend(node.onNode, family)).toBe(backend);
  });
});
