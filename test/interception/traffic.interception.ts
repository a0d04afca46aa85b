import { VirtualClock } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OldConnections } from '../../packages/nmi-server/src/interception/connections.js';
import { Interceptor } from '../../packages/nmi-server/src/interception/interceptor.js';
import {
  countsOf,
  startHammer,
  startHesitantListener,
  startImds,
  startKeeper,
  startListener,
} from './fake-node-programs.js';
import type { NamespaceProcess } from './namespace-process.js';
import {
  createTestNode,
  imdsAddress,
  imdsAddress6,
  nodeAddress,
  nodeAddress6,
  podAddress,
  podAddress6,
  type TestNode,
} from './network-namespace.js';

const port = 2579;
const client = `
  const request = require('node:http').get({ host: process.argv[1], timeout: Number(process.argv[2]) }, (response) => {
    response.on('data', (text) => process.stdout.write(text));
  });
  request.on('timeout', () => request.destroy(new Error('ETIMEDOUT')));
  request.on('error', (error) => process.stdout.write(error.code ?? error.message));`;

describe.each(['nft', 'legacy'] as const)('metadata requests of a pod with iptables-%s', (backend) => {
  let node: TestNode;
  let imds: NamespaceProcess;
  let interceptor: Interceptor | undefined;
  const programs: NamespaceProcess[] = [];

  const redirect = async (metadataIp: string, targetIp: string, targetPort = port): Promise<void> => {
    await interceptor?.stop();
    interceptor = new Interceptor({
      clock: new VirtualClock(),
      run: node.onNode,
      backend,
      redirection: { metadataIp, metadataPort: 80, targetIp, targetPort },
      intervalMs: 60_000,
      onEvent: () => undefined,
    });
    await interceptor.start();
    expect(interceptor.inPlace).toBe(true);
  };
  const listen = async (address: string): Promise<NamespaceProcess> => {
    const listener = await startListener(node, address, port);
    programs.push(listener);
    return listener;
  };
  const ask = async (host = imdsAddress, timeoutMs = 20_000): Promise<string> => {
    const result = await node.inPod(process.execPath, ['-e', client, host, String(timeoutMs)]);
    return result.kind === 'exited' ? result.stdout : result.kind;
  };
  /** @returns what went wrong */
  const dropConnections = async (metadataIp: string): Promise<string[]> => {
    const trouble: string[] = [];
    const connections = new OldConnections({
      clock: new VirtualClock(),
      run: node.onNode,
      metadataIp,
      metadataPort: 80,
      onTrouble: (line) => trouble.push(line),
    });
    await connections.drop();
    return trouble;
  };
  const reached = (): string[] => imds.lines.filter((line) => line.startsWith('reached'));

  beforeEach(async () => {
    node = createTestNode();
    imds = await startImds(node);
    programs.push(imds);
  });
  afterEach(async () => {
    await interceptor?.stop();
    interceptor = undefined;
    await Promise.all(programs.splice(0).map((program) => program[Symbol.asyncDispose]()));
    node[Symbol.dispose]();
  });

  it('reach IMDS without rules: what follows can fail', async () => {
    expect([await ask(imdsAddress), await ask(imdsAddress6)]).toEqual(['imds', 'imds']);
  });

  it('come to the address of the node, from the address of the pod', async () => {
    await listen(nodeAddress);
    await redirect(imdsAddress, nodeAddress);
    expect(await ask()).toBe(`nmi ${podAddress}`);
    // Nothing else is redirected: another family, another port, another address.
    expect(await ask(imdsAddress6)).toBe('imds');
    expect(await ask('169.254.169.253')).not.toMatch(/^nmi/);
    expect(reached()).toHaveLength(1);
  });

  it('come to the IPv6 address of the node where IMDS has an IPv6 address', async () => {
    await listen(nodeAddress6);
    await redirect(imdsAddress6, nodeAddress6);
    expect(await ask(imdsAddress6)).toBe(`nmi ${podAddress6}`);
    expect(await ask(imdsAddress)).toBe('imds');
  });

  it('come to 127.0.0.1 where route_localnet is on, and to nobody where it is off', async () => {
    await listen('127.0.0.1');
    await redirect(imdsAddress, '127.0.0.1');
    expect(await ask(imdsAddress, 2_000)).toBe('ETIMEDOUT');
    await node.onNode('sysctl', ['-qw', 'net.ipv4.conf.veth-pod.route_localnet=1']);
    expect(await ask()).toBe(`nmi ${podAddress}`);
    expect(reached()).toEqual([]);
  });

  it('are refused, not let through, while nothing listens', async () => {
    const listener = await listen(nodeAddress);
    await redirect(imdsAddress, nodeAddress);
    await listener.end('SIGKILL');
    expect(await ask()).toBe('ECONNREFUSED');
    expect(reached()).toEqual([]);
  });

  it('of the node itself go on to IMDS', async () => {
    await redirect(imdsAddress, nodeAddress);
    const result = await node.onNode(process.execPath, ['-e', client, imdsAddress, '20000']);
    expect(result).toMatchObject({ stdout: 'imds' });
  });

  it('never reach IMDS while the rules are replaced, again and again', async () => {
    await listen(nodeAddress);
    await redirect(imdsAddress, nodeAddress);
    const hammer = startHammer(node, imdsAddress);
    programs.push(hammer);
    await hammer.line(/now/);
    // Two targets in turn: nobody listens on the other.
    for (let turn = 1; turn <= 40; turn++) await redirect(imdsAddress, nodeAddress, port + (turn % 2));
    const counts = await countsOf(hammer);
    expect(counts['status 200']).toBeGreaterThan(10);
    expect(counts['ECONNREFUSED']).toBeGreaterThan(10);
    expect([counts['imds'], reached()]).toEqual([undefined, []]);
  });

  it.each([
    ['goes on', false, true],
    ['is reset where it is dropped', true, true],
    ['goes on where the kernel takes up no connection in its middle', true, false],
  ])('on a connection that is older than the rules: it %s', async (_, drop, loose) => {
    if (!loose) await node.onNode('sysctl', ['-qw', 'net.netfilter.nf_conntrack_tcp_loose=0']);
    // The kernel tracks connections where a rule needs that, as a masquerade of other programs does.
    await node.iptables(
      `iptables-${backend}`,
      ...['-t', 'nat', '-A', 'POSTROUTING', '-s', '10.77.0.0/24', '-o', 'none', '-j', 'MASQUERADE'],
    );
    await listen(nodeAddress);
    const pod = startKeeper(node, imdsAddress);
    programs.push(pod);
    expect(await pod.line(/^answer/)).toBe('answer imds on connection 1');
    await redirect(imdsAddress, nodeAddress);
    if (drop) expect(await dropConnections(imdsAddress)).toEqual([]);
    const answers = (): string[] => pod.lines.filter((line) => line.startsWith('answer'));
    const askAgain = async (): Promise<string> => {
      const before = answers().length;
      pod.signal('SIGUSR2');
      await pod.until(() => answers().length > before);
      return answers().at(-1) ?? '';
    };
    const reset = drop && loose;
    expect(await askAgain()).toBe(reset ? 'answer ECONNRESET' : 'answer imds on connection 1');
    if (reset) expect(await askAgain()).toBe(`answer nmi ${podAddress} on connection 2`);
    expect(reached()).toHaveLength(reset ? 1 : 2);
  });

  it('get their answer where they are redirected already while older connections are dropped', async () => {
    const listener = await startHesitantListener(node, nodeAddress, port);
    programs.push(listener);
    await redirect(imdsAddress, nodeAddress);
    const pod = startKeeper(node, imdsAddress);
    programs.push(pod);
    await listener.line(/asked/);
    expect(await dropConnections(imdsAddress)).toEqual([]);
    // Now the node has to send the next packet: only the entry that is there tells it as whom.
    listener.signal('SIGUSR2');
    expect(await pod.line(/^answer/)).toBe(`answer nmi ${podAddress} on connection 1`);
  });

  it('is no trouble to drop connections where there are none', async () => {
    expect([await dropConnections(imdsAddress), await dropConnections(imdsAddress6)]).toEqual([[], []]);
  });
});
