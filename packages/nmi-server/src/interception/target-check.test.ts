import { createServer, type AddressInfo, type Server } from 'node:net';
import { VirtualClock } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTargetCheck, type ConnectionEnd, type TargetCheck } from './target-check.js';

describe('startTargetCheck', () => {
  let server: Server;
  let port: number;
  let check: TargetCheck | undefined;
  const problems: string[] = [];
  const clock = new VirtualClock();
  /** What NMI's listener would tell of the connections that it accepts. */
  const onAccepted = (listener: (remote: ConnectionEnd) => void) => {
    const tell = (socket: { remoteAddress?: string; remotePort?: number }): void =>
      listener({ address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
    server.on('connection', tell);
    return () => server.off('connection', tell);
  };
  const start = (options: Partial<Parameters<typeof startTargetCheck>[0]> = {}) =>
    startTargetCheck({
      clock,
      target: { address: '127.0.0.1', port },
      onAccepted,
      routesLocalnet: () => Promise.resolve(true),
      onProblem: (problem) => problems.push(problem),
      ...options,
    });

  beforeEach(async () => {
    problems.length = 0;
    server = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    check?.stop();
    check = undefined;
    expect(clock.pending).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });

  it('finds nothing wrong where a connection to the target reaches this process', async () => {
    check = await start();
    await check.established;
    expect([check.problem, problems]).toEqual([undefined, []]);
    expect(server.listenerCount('connection')).toBe(1);
  });

  it('says where another program listens', async () => {
    const started = start({ onAccepted: () => () => undefined });
    await new Promise((resolve) => server.once('connection', resolve));
    await clock.advance(2_000);
    check = await started;
    expect(check.problem).toMatch(
      /redirected to 127\.0\.0\.1 port \d+, where somebody else answers, or nobody: check --host-ip/,
    );
    expect(problems).toEqual([check.problem]);
  });

  it('says where nobody listens, and sees when somebody does', async () => {
    await new Promise((resolve) => server.close(resolve));
    check = await start();
    expect(check.problem).toContain('where NMI cannot be reached (ECONNREFUSED)');
    server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await clock.advance(2_000);
    await check.established;
    expect([check.problem, problems.length]).toEqual([undefined, 1]);
  });

  it.each([
    [false, 'sysctl -w net.ipv4.conf.all.route_localnet=1'],
    [undefined, undefined],
  ])('with route_localnet %s says %s', async (routes, command) => {
    check = await start({ routesLocalnet: () => Promise.resolve(routes) });
    if (command === undefined) expect(check.problem).toBeUndefined();
    else expect(check.problem).toContain(command);
  });
});
