import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualClock } from '@aad-pod-identity/core';
import { afterEach, describe, expect, it } from 'vitest';
import { ImdsClient } from './imds-client.js';
import { parseImdsToken } from './imds-token.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function setUp(
  listener: RequestListener,
): Promise<{ client: ImdsClient; clock: VirtualClock; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clock = new VirtualClock(1_000_000_000_000);
  const client = new ImdsClient({
    clock,
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    timeoutMs: 1_000,
  });
  closers.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { client, clock, server };
}
const asked = { method: 'GET', path: '/x?y=z' } as const;

describe('ImdsClient', () => {
  it('sends the header and reads JSON, over one connection', async () => {
    const seen: unknown[] = [];
    const { client } = await setUp((req, res) => {
      seen.push([req.method, req.url, req.headers['metadata'], req.socket.remotePort]);
      res.end('{"a":1}');
    });
    expect(await client.json(asked, 100)).toEqual({ a: 1 });
    expect(await client.json(asked, 100)).toEqual({ a: 1 });
    expect(seen[0]).toEqual(['GET', '/x?y=z', 'true', expect.any(Number)]);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('turns an error answer into one with status, code, description and Retry-After', async () => {
    const { client } = await setUp((_, res) => {
      res
        .writeHead(429, { 'Retry-After': '7' })
        .end('{"error":"too_many","error_description":"slow\\ndown"}');
    });
    await expect(client.json(asked, 100)).rejects.toMatchObject({
      failure: 'answer',
      status: 429,
      code: 'too_many',
      retryAfterMs: 7_000,
      message: 'IMDS answered 429: slow down',
    });
  });

  it.each([
    ['<html>', 'without a JSON object'],
    ['[1]', 'without a JSON object'],
    [`{"a":"${'x'.repeat(200)}"}`, 'more than 100 bytes'],
  ])('refuses the body %.10s', async (body, message) => {
    const { client } = await setUp((_, res) => res.end(body));
    await expect(client.json(asked, 100)).rejects.toThrow(message);
  });

  it('does not follow a redirect', async () => {
    let requests = 0;
    const { client } = await setUp((_, res) => {
      requests++;
      res.writeHead(302, { Location: '/elsewhere' }).end();
    });
    await expect(client.json(asked, 100)).rejects.toMatchObject({ failure: 'answer', status: 302 });
    expect(requests).toBe(1);
  });

  it('gives up when its time is over', async () => {
    const { client, clock, server } = await setUp(() => undefined);
    const arrived = new Promise((resolve) => server.once('request', resolve));
    const answer = client.json(asked, 100);
    const refused = expect(answer).rejects.toMatchObject({ failure: 'timeout' });
    await arrived;
    await clock.advance(1_000);
    await refused;
  });

  it('says that nobody answers', async () => {
    const { client, server } = await setUp(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    await expect(client.json(asked, 100)).rejects.toMatchObject({ failure: 'network' });
  });
});

describe('parseImdsToken', () => {
  it('takes strings and numbers, and what is missing from elsewhere', () => {
    const full = {
      access_token: 'x',
      expires_on: '200',
      not_before: 90,
      refresh_in: '50',
      token_type: 'T',
      client_id: 'c',
    };
    expect(parseImdsToken(full, 100_999, 'asked')).toEqual({
      value: 'x',
      tokenType: 'T',
      expiresOn: 200,
      notBefore: 90,
      refreshOn: 150,
      clientId: 'c',
    });
    expect(parseImdsToken({ access_token: 'x', expires_in: 60 }, 100_999, 'asked')).toEqual({
      value: 'x',
      tokenType: 'Bearer',
      expiresOn: 160,
      notBefore: 100,
      clientId: 'asked',
    });
  });

  it.each([{}, { access_token: '' }, { access_token: 'x' }, { access_token: 'x', expires_on: 'soon' }])(
    'refuses %j',
    (body) => {
      expect(() => parseImdsToken(body, 0, 'c')).toThrow('IMDS answered');
    },
  );
});
