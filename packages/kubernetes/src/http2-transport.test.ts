import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection, KubernetesRequest } from './connection.js';
import { loadConnection } from './load-connection.js';
import {
  startHttp2Server,
  startHttpsServer,
  startRelay,
  type Http2Server,
  type Relay,
} from './testing/http-server.js';
import { kubeconfigText, readFrom } from './testing/kubeconfig-text.js';
import { RealClock, until } from './testing/real-clock.js';

describe('a connection over HTTP/2', () => {
  let server: Http2Server;
  let relay: Relay;
  let connection: Connection;
  /** Takes the server's side of each request. */
  let handle: (stream: ServerHttp2Stream, path: string) => void;
  let sessions: ServerHttp2Session[];

  beforeEach(async () => {
    server = await startHttp2Server();
    relay = await startRelay(server.port);
    sessions = [];
    handle = answer;
    server.http2.on('session', (session) => sessions.push(session));
    server.http2.on('stream', (stream: ServerHttp2Stream, headers) => {
      stream.on('error', () => undefined);
      handle(stream, headers[':path'] ?? '');
    });
    connection = await connect(relay.url, server.ca);
  });

  afterEach(async () => {
    await connection.close();
    await relay[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const send = async (path: string, more: Partial<KubernetesRequest> = {}): Promise<unknown> =>
    (await connection.request({ method: 'GET', path, timeoutMs: 10_000, ...more })).json();

  it('sends all requests at once over one socket, of more than the server takes at a time too', async () => {
    server.http2.updateSettings({ maxConcurrentStreams: 5 });
    let atOnce = 0;
    let most = 0;
    handle = (stream, path) => {
      most = Math.max(most, ++atOnce);
      setTimeout(() => {
        atOnce--;
        answer(stream, path);
      }, 5);
    };
    const paths = Array.from({ length: 50 }, (_, index) => `/${index}`);
    expect(await Promise.all(paths.map((path) => send(path)))).toEqual(paths.map((path) => ({ path })));
    expect([most, server.accepted]).toEqual([5, 1]);
  });

  it('goes on over another socket where the server says that it goes, and loses nothing', async () => {
    let end = (): void => undefined;
    handle = (stream, path) => (end = () => answer(stream, path));
    const first = send('/first');
    await until('the first request is there', () => sessions.length === 1 && end.name !== '');
    handle = answer;
    sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR);
    await until('a request goes over another socket', () => {
      void send('/between').catch(() => undefined);
      return server.accepted === 2;
    });
    end();
    expect(await first).toEqual({ path: '/first' });
    expect(await send('/second')).toEqual({ path: '/second' });
    expect(server.accepted).toBe(2);
  });

  it('repeats a write that the server did not look at, and no other', async () => {
    const seen: string[] = [];
    const closeFirst = (code: number): void => {
      seen.length = 0;
      handle = (stream, path) => {
        seen.push(path);
        if (seen.length === 1) stream.close(code);
        else answer(stream, path);
      };
    };
    closeFirst(constants.NGHTTP2_REFUSED_STREAM);
    expect(await send('/refused', { method: 'POST', body: {} })).toEqual({ path: '/refused' });
    expect(seen).toEqual(['/refused', '/refused']);
    closeFirst(constants.NGHTTP2_INTERNAL_ERROR);
    await expect(send('/broken', { method: 'POST', body: {} })).rejects.toMatchObject({ code: 'network' });
    expect(seen).toEqual(['/broken']);
  });

  it('gives up on a server that refuses everything', async () => {
    handle = (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM);
    await expect(send('/x')).rejects.toMatchObject({ code: 'network' });
    expect(server.accepted).toBe(3);
  });

  it('does not take half an answer for a whole one', async () => {
    handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('12', () => stream.session?.destroy());
    };
    await expect(send('/x')).rejects.toMatchObject({
      code: 'network',
      message: `GET ${relay.url}/x: the connection was lost`,
    });
    handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('12', () => stream.destroy(new Error('broken')));
    };
    await expect(send('/x')).rejects.toMatchObject({ code: 'network' });
  });

  it('reads an answer that was there as a whole before it was asked for', async () => {
    const answers = ['/x', '/y'].map((path) => connection.request({ method: 'GET', path }));
    const [x, y] = await Promise.all(answers);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await x?.json()).toEqual({ path: '/x' });
    const lines: string[] = [];
    for await (const line of y?.lines() ?? []) lines.push(line);
    expect(lines).toEqual(['{"path":"/y"}']);
  });

  it('ends a request that is given up, and no other', async () => {
    const answers: (() => void)[] = [];
    const closed: string[] = [];
    handle = (stream, path) => {
      answers.push(() => answer(stream, path));
      stream.once('close', () => closed.push(path));
    };
    const caller = new AbortController();
    const stays = send('/stays');
    const goes = send('/goes', { signal: caller.signal });
    await until('both are there', () => answers.length === 2);
    caller.abort();
    await expect(goes).rejects.toMatchObject({ code: 'aborted' });
    await until('the server is told', () => closed.length === 1);
    for (const end of answers) end();
    expect(await stays).toEqual({ path: '/stays' });
    expect([closed[0], server.accepted]).toEqual(['/goes', 1]);
  });

  it('leaves a socket on which nothing gets through, and ends what hangs on it', async () => {
    handle = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('1\n');
    };
    const lines = (await connection.request({ method: 'GET', path: '/watch' }))
      .lines()
      [Symbol.asyncIterator]();
    expect(await lines.next()).toEqual({ done: false, value: '1' });
    relay.freeze();
    await expect(send('/x', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
    handle = answer;
    expect(await send('/y')).toEqual({ path: '/y' });
    await expect(lines.next()).rejects.toMatchObject({ code: 'network' });
  }, 15_000);

  it('does not wait for a socket that another request waited for in vain', async () => {
    await using silent = await startSilentServer();
    relay.target = silent.port;
    await expect(send('/x', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
    relay.target = server.port;
    expect(await send('/y')).toEqual({ path: '/y' });
  });

  it('is not opened any further when it is closed', async () => {
    await using silent = await startSilentServer();
    relay.target = silent.port;
    const waiting = send('/x');
    await until('a socket is there', () => silent.held.length === 1);
    await connection.close();
    await expect(waiting).rejects.toMatchObject({ code: 'network' });
    await until('the socket is closed', () => relay.open.size === 0);
    expect(relay.accepted).toBe(1);
  });

  it('comes to an end with what is under way when it is closed', async () => {
    handle = () => undefined;
    const waiting = send('/x');
    await until('the request is there', () => sessions.length === 1);
    await connection.close();
    await expect(waiting).rejects.toMatchObject({ code: 'network' });
    await until('the socket is closed', () => server.open.size === 0);
  });
});

describe('the protocol', () => {
  it.each([
    ['HTTP/2', {}, '2.0'],
    ['HTTP/1.1 where HTTP/2 is switched off', { DISABLE_HTTP2: '1' }, '1.1'],
  ])('is %s', async (_, env, version) => {
    await using server = await startHttp2Server(({ httpVersion }, response) =>
      response.end(`"${httpVersion}"`),
    );
    expect(await versionOf(server.url, server.ca, env)).toBe(version);
  });

  it('is HTTP/1.1 with a server that speaks nothing else', async () => {
    await using server = await startHttpsServer(({ httpVersion }, response) =>
      response.end(`"${httpVersion}"`),
    );
    expect(await versionOf(server.url, server.ca)).toBe('1.1');
  });
});

/** Takes connections, and says nothing. */
async function startSilentServer(): Promise<AsyncDisposable & { port: number; held: readonly Socket[] }> {
  const server = createServer();
  const held: Socket[] = [];
  server.on('connection', (socket) => held.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    held,
    async [Symbol.asyncDispose]() {
      for (const socket of held) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(stream: ServerHttp2Stream, path: string): void {
  if (stream.closed) return;
  stream.respond({ ':status': 200 });
  stream.end(JSON.stringify({ path }));
}

async function versionOf(
  url: string,
  ca: string,
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const connection = await connect(url, ca, env);
  try {
    return await (await connection.request({ method: 'GET', path: '/' })).json();
  } finally {
    await connection.close();
  }
}

function connect(
  server: string,
  ca: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Connection> {
  const authority = Buffer.from(ca).toString('base64');
  const config = kubeconfigText({ server, 'certificate-authority-data': authority });
  const readFile = readFrom(new Map([['/config', config]]));
  return loadConnection({ kubeconfig: '/config', env, clock: new RealClock(), userAgent: 'test', readFile });
}
