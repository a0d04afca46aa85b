import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpTransport } from './http-transport.js';
import { startHttpServer } from './testing/http-server.js';
import { startLoopbackCluster } from './testing/loopback-cluster.js';
import { until } from './testing/real-clock.js';

describe('a transport', () => {
  const transports: HttpTransport[] = [];
  afterEach(() => {
    for (const transport of transports.splice(0)) transport.destroy();
  });
  const open = (...material: ConstructorParameters<typeof HttpTransport>): HttpTransport => {
    const transport = new HttpTransport(...material);
    transports.push(transport);
    return transport;
  };
  const get = (transport: HttpTransport, origin: string, path: string): Promise<IncomingMessage> =>
    transport.request({
      method: 'GET',
      origin: new URL(origin),
      path,
      headers: {},
      body: undefined,
      signal: new AbortController().signal,
    });
  const text = async (response: IncomingMessage): Promise<string> => {
    let all = '';
    for await (const chunk of response as AsyncIterable<Buffer>) all += chunk.toString();
    return all;
  };

  it('finishes what is under way when it is retired, and closes its sockets then', async () => {
    let end = (): void => undefined;
    await using server = await startHttpServer((_request, response) => {
      response.write('half, ');
      end = () => response.end('whole');
    });
    const transport = open({});
    const response = await get(transport, server.url, '/');
    let closed = false;
    transport.retire(() => (closed = true));
    expect([closed, server.open.size]).toEqual([false, 1]);
    end();
    expect(await text(response)).toBe('half, whole');
    await until('the socket is closed', () => closed && server.open.size === 0);
  });

  it('reaches a server over TLS through an HTTP proxy, trusting only the given authority', async () => {
    await using cluster = await startLoopbackCluster();
    const asked: string[] = [];
    const tunnels = new Set<Socket>();
    const proxy = createServer();
    proxy.on('connect', (request, client: Socket) => {
      asked.push(request.url ?? '');
      const upstream = connect(cluster.relay.port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      for (const socket of [client, upstream]) {
        tunnels.add(socket);
        socket.on('error', () => socket.destroy());
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const ca = /certificate-authority-data: (\S+)/.exec(cluster.kubeconfig)?.[1] ?? '';
    const trusting = open({ proxy: address, ca: Buffer.from(ca, 'base64').toString('utf8') });
    expect(await text(await get(trusting, cluster.relay.url, '/version'))).toContain('gitVersion');
    await expect(get(open({ proxy: address }), cluster.relay.url, '/version')).rejects.toThrow(/certificate/);
    expect(asked).toEqual(Array(2).fill(new URL(cluster.relay.url).host));
    for (const socket of tunnels) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  });
});
