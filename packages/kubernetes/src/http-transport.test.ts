import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpTransport } from './http-transport.js';
import { startHttp2Server, startHttpServer } from './testing/http-server.js';
import { startLoopbackCluster } from './testing/loopback-cluster.js';
import { until } from './testing/real-clock.js';
import type { TlsMaterial, TransportResponse } from './transport.js';

describe('a transport', () => {
  const transports: HttpTransport[] = [];
  afterEach(() => {
    for (const transport of transports.splice(0)) transport.destroy();
  });
  const open = (server: string, material: TlsMaterial): HttpTransport => {
    const transport = new HttpTransport(new URL(server), material, 'http/2');
    transports.push(transport);
    return transport;
  };
  const get = (transport: HttpTransport, path: string): Promise<TransportResponse> =>
    transport.request({
      method: 'GET',
      path,
      headers: {},
      body: undefined,
      signal: new AbortController().signal,
    });
  const text = async ({ body }: TransportResponse): Promise<string> => {
    let all = '';
    for await (const chunk of body) all += Buffer.from(chunk).toString();
    return all;
  };

  it.each([
    [
      'HTTP/1.1',
      async (handle: RequestListener) => ({ ca: undefined, server: await startHttpServer(handle) }),
    ],
    [
      'HTTP/2',
      async (handle: RequestListener) => {
        const server = await startHttp2Server(handle);
        return { ca: server.ca, server };
      },
    ],
  ])('finishes what is under way when it is retired, and closes its sockets then: %s', async (_, start) => {
    let end = (): void => undefined;
    const { ca, server: started } = await start((_request, response) => {
      response.write('half, ');
      end = () => response.end('whole');
    });
    await using server = started;
    const transport = open(server.url, { ca });
    const response = await get(transport, '/');
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
    const trusting = open(cluster.relay.url, {
      proxy: address,
      ca: Buffer.from(ca, 'base64').toString('utf8'),
    });
    expect(await text(await get(trusting, '/version'))).toContain('gitVersion');
    await expect(get(open(cluster.relay.url, { proxy: address }), '/version')).rejects.toThrow(/certificate/);
    expect(asked).toEqual(Array(2).fill(new URL(cluster.relay.url).host));
    for (const socket of tunnels) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  });
});
