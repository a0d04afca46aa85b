import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from './connection.js';
import { loadConnection } from './load-connection.js';
import { startHttp2Server, startHttpServer, type LoopbackServer } from './testing/http-server.js';
import { kubeconfigText, readFrom } from './testing/kubeconfig-text.js';
import { RealClock, until } from './testing/real-clock.js';

describe.each(['HTTP/1.1', 'HTTP/2'])('a pooled connection over %s', (protocol) => {
  let clock: RealClock;
  let files: Map<string, string>;
  let server: LoopbackServer;
  /** How a kubeconfig names the server. */
  let cluster: object;
  let connection: Connection;
  /** Requests that the server has not seen the end of. */
  let underWay: number;
  let handle: (request: IncomingMessage, response: ServerResponse) => void;
  let seen: { readonly url: string; readonly authorization: string | undefined }[];

  beforeEach(async () => {
    clock = new RealClock();
    seen = [];
    handle = (_request, response) => response.end('{"ok":true}');
    underWay = 0;
    const listener: RequestListener = (request, response) => {
      underWay++;
      response.once('close', () => underWay--);
      seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
      handle(request, response);
    };
    files = new Map([['/kube/token', 'first\n']]);
    if (protocol === 'HTTP/2') {
      const started = await startHttp2Server(listener);
      files.set('/kube/ca', started.ca);
      server = started;
    } else server = await startHttpServer(listener);
    cluster = { server: server.url, ...(protocol === 'HTTP/2' && { 'certificate-authority': 'ca' }) };
    files.set('/kube/config', kubeconfigText(cluster, { tokenFile: 'token' }));
    connection = await connect();
  });

  afterEach(async () => {
    await connection.close();
    await server[Symbol.asyncDispose]();
  });

  const connect = (): Promise<Connection> =>
    loadConnection({
      kubeconfig: '/kube/config',
      env: {},
      clock,
      userAgent: 'test/1',
      readFile: readFrom(files),
    });
  const get = async (path = '/x', timeoutMs = 10_000): Promise<unknown> =>
    (await connection.request({ method: 'GET', path, timeoutMs })).json();

  /** Cuts the connection that a request came over. */
  const cut = (request: IncomingMessage): void => {
    if (request instanceof Http2ServerRequest) request.stream.session?.destroy();
    else request.socket.destroy();
  };
  /** The end of a request, of one that is not over, is that of its socket: or of itself, where others share that. */
  const isEnded = (): boolean => (protocol === 'HTTP/2' ? underWay === 0 : server.open.size === 0);

  it('reuses its sockets', async () => {
    for (let i = 0; i < 100; i++) await get();
    // A second one where a request begins before the first socket is seen to be free again.
    expect(server.accepted).toBeLessThanOrEqual(protocol === 'HTTP/2' ? 1 : 2);
    await Promise.all(Array.from({ length: 10 }, () => get()));
    expect(server.accepted).toBeLessThanOrEqual(protocol === 'HTTP/2' ? 1 : 11);
  });

  it('sends what it is given, encoded', async () => {
    let body = '';
    let headers: IncomingMessage['headers'] = {};
    handle = (request, response) => {
      headers = request.headers;
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.writeHead(201, { 'X-Some': 'a' }).end());
    };
    const response = await connection.request({
      method: 'PATCH',
      path: '/api/v1/a%2Fb',
      query: { labelSelector: 'a in (b,c)&d', limit: 5, watch: undefined },
      body: { a: 'ü' },
      contentType: 'application/merge-patch+json',
    });
    expect([response.status, response.headers['x-some'], await response.json()]).toEqual([
      201,
      'a',
      undefined,
    ]);
    expect(seen[0]).toEqual({
      url: '/api/v1/a%2Fb?labelSelector=a+in+%28b%2Cc%29%26d&limit=5',
      authorization: 'Bearer first',
    });
    expect(body).toBe('{"a":"ü"}');
    expect(headers).toMatchObject({ 'content-type': 'application/merge-patch+json', 'user-agent': 'test/1' });
  });

  it('keeps the path of a server that has one', async () => {
    files.set('/kube/config', kubeconfigText({ ...cluster, server: `${server.url}/k8s/clusters/c-1/` }));
    const other = await connect();
    await (await other.request({ method: 'GET', path: '/api' })).json();
    await other.close();
    expect(seen[0]?.url).toBe('/k8s/clusters/c-1/api');
  });

  it('sends a path as it is, so that a name cannot lead elsewhere', async () => {
    await get('/api/v1/namespaces/a/secrets/..');
    expect(seen[0]?.url).toBe('/api/v1/namespaces/a/secrets/..');
  });

  it('gives up where no answer comes, and where an answer stops in the middle', async () => {
    handle = () => undefined;
    await expect(get('/silent', 50)).rejects.toMatchObject({
      code: 'timeout',
      message: `GET ${server.url}/silent: no answer within 0.05 s`,
    });
    handle = (_request, response) => response.write('{"half":');
    await expect(get('/half', 50)).rejects.toMatchObject({ code: 'timeout' });
    handle = (_request, response) => response.end('{"ok":true}');
    expect(await get()).toEqual({ ok: true });
  });

  it('ends with its caller', async () => {
    handle = () => undefined;
    const caller = new AbortController();
    const request = connection.request({ method: 'GET', path: '/x', signal: caller.signal });
    await until('the request has arrived', () => seen.length === 1);
    caller.abort(new Error('enough'));
    await expect(request).rejects.toMatchObject({ code: 'aborted', cause: new Error('enough') });
    await expect(
      connection.request({ method: 'GET', path: '/x', signal: caller.signal }),
    ).rejects.toMatchObject({
      code: 'aborted',
    });
    await until('the request is ended', isEnded);
  });

  it('repeats a read on a socket that turns out to be closed, and never a write', async () => {
    await get();
    let times = 0;
    handle = (request, response) => {
      if (times++ === 0) cut(request);
      else response.end('{"again":true}');
    };
    expect(await get()).toEqual({ again: true });
    times = 0;
    await expect(connection.request({ method: 'POST', path: '/x', body: {} })).rejects.toMatchObject({
      code: 'network',
    });
    expect(times).toBe(1);
  });

  it('says where nobody listens', async () => {
    await server[Symbol.asyncDispose]();
    await expect(get()).rejects.toMatchObject({
      code: 'network',
      message: `GET ${server.url}/x: connect ECONNREFUSED 127.0.0.1:${server.port}`,
    });
  });

  it('does not quote an answer that is not JSON', async () => {
    handle = (_request, response) => response.end('password=hunter2');
    await expect(get()).rejects.toMatchObject({
      code: 'bad-response',
      message: `GET ${server.url}/x: the answer is not JSON`,
    });
  });

  describe('with a token that rotates', () => {
    const accept = (token: string): void => {
      handle = (request, response) => {
        const accepted = request.headers.authorization === `Bearer ${token}`;
        response.writeHead(accepted ? 200 : 401).end(JSON.stringify({ accepted }));
      };
    };

    it('reads it again at once when it is refused', async () => {
      await get();
      accept('second');
      files.set('/kube/token', 'second');
      expect(await get()).toEqual({ accepted: true });
      expect(seen.map(({ authorization }) => authorization)).toEqual([
        'Bearer first',
        'Bearer first',
        'Bearer second',
      ]);
    });

    it('tries once, and not again with the same', async () => {
      accept('second');
      expect((await connection.request({ method: 'GET', path: '/x' })).status).toBe(401);
      expect(seen).toHaveLength(1);
      files.set('/kube/token', 'third');
      expect((await connection.request({ method: 'GET', path: '/x' })).status).toBe(401);
      expect(seen).toHaveLength(3);
    });

    it('repeats a write too: it was not taken', async () => {
      accept('second');
      files.set('/kube/token', 'second');
      const response = await connection.request({ method: 'POST', path: '/x', body: { a: 1 } });
      expect(response.status).toBe(200);
      await response.json();
    });

    it('reads it again each minute, and keeps it while the file is missing', async () => {
      files.delete('/kube/token');
      clock.skip(61_000);
      await get();
      files.set('/kube/token', 'second');
      await get();
      clock.skip(61_000);
      await get();
      expect(seen.map(({ authorization }) => authorization)).toEqual([
        'Bearer first',
        'Bearer first',
        'Bearer second',
      ]);
    });
  });

  describe('lines()', () => {
    const lines = async (): Promise<AsyncIterable<string>> =>
      (await connection.request({ method: 'GET', path: '/watch' })).lines();

    it('puts lines together whatever the chunks', async () => {
      const text = Buffer.from('{"a":"üöä€😀"}\n\n\r\n{"b":1}\r\n{"c":2}');
      handle = (_request, response) => {
        let at = 0;
        const next = (): void => {
          if (at >= text.length) response.end();
          else response.write(text.subarray(at++, at), () => setImmediate(next));
        };
        next();
      };
      const read: unknown[] = [];
      for await (const line of await lines()) read.push(JSON.parse(line));
      expect(read).toEqual([{ a: 'üöä€😀' }, { b: 1 }, { c: 2 }]);
    });

    it('goes on beyond the time for an answer', async () => {
      handle = (_request, response) => {
        response.write('1\n');
        setTimeout(() => response.end('2\n'), 1_300);
      };
      const response = await connection.request({ method: 'GET', path: '/watch', timeoutMs: 1_000 });
      const read: string[] = [];
      for await (const line of response.lines()) read.push(line);
      expect(read).toEqual(['1', '2']);
    });

    it('fails where the stream breaks', async () => {
      handle = (request, response) => {
        response.write('1\n');
        setTimeout(() => cut(request), 20);
      };
      const read: string[] = [];
      const reading = (async () => {
        for await (const line of await lines()) read.push(line);
      })();
      await expect(reading).rejects.toMatchObject({ code: 'network' });
      expect(read).toEqual(['1']);
    });

    it('closes the request where the reader leaves', async () => {
      handle = (_request, response) => void response.write('1\n');
      for await (const line of await lines()) {
        expect(line).toBe('1');
        break;
      }
      await until('the request is ended', isEnded);
    });

    it('does not collect a line without end', async () => {
      handle = (_request, response) => {
        const chunk = 'x'.repeat(1_000_000);
        let left = false;
        response.once('close', () => (left = true));
        const more = (): void => {
          if (!left) response.write(chunk, more);
        };
        more();
      };
      const reading = (async () => {
        for await (const line of await lines()) expect(line).toBe('never');
      })();
      await expect(reading).rejects.toMatchObject({ code: 'bad-response' });
    });

    it('ends when the connection is closed', async () => {
      handle = (_request, response) => void response.write('1\n');
      const reading = (async () => {
        for await (const line of await lines()) {
          expect(line).toBe('1');
          await connection.close();
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: 'network' });
      await expect(get()).rejects.toMatchObject({ code: 'aborted' });
    });
  });
});
