import { spawn, type ChildProcess } from 'node:child_process';
import { VirtualClock } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Interceptor } from '../../packages/nmi-server/src/interception/interceptor.js';
import { createTestNode, nodeAddress, podAddress, type TestNode } from './network-namespace.js';

const port = 2579;
const server = `
  const server = require('node:http').createServer((request, response) => response.end(request.socket.remoteAddress));
  server.listen(${port}, process.argv[1], () => console.log('listening'));`;
const client = `
  const request = require('node:http').get({ host: '169.254.169.254', timeout: 2000 }, (response) => {
    response.on('data', (text) => process.stdout.write(text));
  });
  request.on('timeout', () => request.destroy(new Error('ETIMEDOUT')));
  request.on('error', (error) => process.stdout.write(error.code ?? error.message));`;

describe.each(['nft', 'legacy'] as const)('metadata requests of a pod with iptables-%s', (backend) => {
  let node: TestNode;
  let listener: ChildProcess;
  let interceptor: Interceptor;

  /** Lets something listen on an address of the node, and redirects to it. */
  const redirectTo = async (targetIp: string): Promise<void> => {
    listener = spawn('ip', ['netns', 'exec', node.name, process.execPath, '-e', server, targetIp], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve, reject) => {
      listener.stdout?.once('data', resolve);
      listener.once('exit', () => reject(new Error('the listener ended')));
    });
    interceptor = new Interceptor({
      clock: new VirtualClock(),
      run: node.onNode,
      backend,
      redirection: { metadataIp: '169.254.169.254', metadataPort: 80, targetIp, targetPort: port },
      intervalMs: 60_000,
      onEvent: () => undefined,
    });
    await interceptor.start();
    expect(interceptor.inPlace).toBe(true);
  };
  const ask = async (): Promise<string> => {
    const result = await node.inPod(process.execPath, ['-e', client]);
    return result.kind === 'exited' ? result.stdout : result.kind;
  };
  const killListener = async (): Promise<void> => {
    if (listener.exitCode !== null || listener.signalCode !== null) return;
    const gone = new Promise((resolve) => listener.once('exit', resolve));
    listener.kill('SIGKILL');
    await gone;
  };

  beforeEach(() => {
    node = createTestNode();
  });
  afterEach(async () => {
    await killListener();
    await interceptor.stop();
    node[Symbol.dispose]();
  });

  it('come to the address of the node, from the address of the pod', async () => {
    await redirectTo(nodeAddress);
    expect(await ask()).toBe(podAddress);
  });

  it('come to 127.0.0.1 where route_localnet is on, and to nobody where it is off', async () => {
    await redirectTo('127.0.0.1');
    expect(await ask()).toBe('ETIMEDOUT');
    await node.onNode('sysctl', ['-qw', 'net.ipv4.conf.veth-pod.route_localnet=1']);
    expect(await ask()).toBe(podAddress);
  });

  it('are refused, not let through, while nothing listens', async () => {
    await redirectTo(nodeAddress);
    await killListener();
    expect(await ask()).toBe('ECONNREFUSED');
  });
});
