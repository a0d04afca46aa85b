import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { httpTransport, type MetadataRequest } from './http-transport.js';
import { startLocalServer } from './testing/local-server.js';

const request = (endpoint: string, more: Partial<MetadataRequest> = {}): MetadataRequest => ({
  url: new URL('/path?a=b%20c', endpoint),
  headers: { Metadata: 'true' },
  localAddress: undefined,
  connectTimeoutMs: 10_000,
  timeoutMs: 10_000,
  signal: undefined,
  ...more,
});

describe('httpTransport', () => {
  it('gives status, headers and body, whatever the status, and follows no redirect', async () => {
    await using server = await startLocalServer((_request, response) => {
      response.writeHead(302, { Location: '/elsewhere' }).end('moved');
    });
    const answer = await httpTransport(request(server.endpoint));
    expect(answer).toMatchObject({ status: 302, body: 'moved', headers: { location: '/elsewhere' } });
    expect(server.requests).toMatchObject([{ url: '/path?a=b%20c', headers: { metadata: 'true' } }]);
  });

  // macOS has no loopback address but 127.0.0.1 unless an alias is added.
  it.runIf(process.platform === 'linux')('connects from the address that it is told to', async () => {
    await using server = await startLocalServer((_request, response) => response.end());
    await httpTransport(request(server.endpoint, { localAddress: '127.1.2.3' }));
    expect(server.requests[0]?.from).toBe('127.1.2.3');
  });

  it('says so where nothing listens', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await expect(httpTransport(request(`http://127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'unreachable',
    });
  });

  it('says so where the answer breaks off', async () => {
    await using server = await startLocalServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': '10' });
      response.write('half', () => response.destroy());
    });
    await expect(httpTransport(request(server.endpoint))).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('waits for an answer no longer than told', async () => {
    await using server = await startLocalServer(() => undefined);
    await expect(httpTransport(request(server.endpoint, { timeoutMs: 20 }))).rejects.toMatchObject({
      code: 'timeout',
    });
  });

  it('ends when the signal aborts, before and after it is sent', async () => {
    const controller = new AbortController();
    await using server = await startLocalServer(() => {
      controller.abort();
    });
    await expect(
      httpTransport(request(server.endpoint, { signal: controller.signal })),
    ).rejects.toMatchObject({
      code: 'aborted',
    });
    await expect(
      httpTransport(request(server.endpoint, { signal: controller.signal })),
    ).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('refuses a body without end', async () => {
    await using server = await startLocalServer((_request, response) => {
      response.on('error', () => undefined);
      response.end('x'.repeat(1024 * 1024 + 1));
    });
    await expect(httpTransport(request(server.endpoint))).rejects.toMatchObject({ code: 'invalid_answer' });
  });
});
