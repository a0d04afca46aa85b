/** An HTTP server on loopback whose connections are counted, and a TCP relay in front of another server. */
import { createServer, type RequestListener } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { createCertificateAuthority } from '@aad-pod-identity/simulator';

export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Sockets that were ever opened to it. */
  readonly accepted: number;
  /** Sockets that are open. */
  readonly open: ReadonlySet<Socket>;
}

export async function startHttpServer(handle: RequestListener): Promise<LoopbackServer> {
  return listen(createServer(handle), 'http');
}

export interface TlsServer extends LoopbackServer {
  /** What a client must trust, PEM. */
  readonly ca: string;
}

/** A server over TLS that speaks HTTP/1.1 alone. */
export async function startHttpsServer(handle: RequestListener): Promise<TlsServer> {
  const { ca, ...tls } = await selfMade();
  return Object.assign(await listen(createHttpsServer(tls, handle), 'https'), { ca });
}

/** A server over TLS that speaks HTTP/2, and HTTP/1.1 too. */
export interface Http2Server extends TlsServer {
  /** For what `handle` does not do. */
  readonly http2: Http2SecureServer;
}

/** @param handle - takes what HTTP/1.1 and HTTP/2 have in common */
export async function startHttp2Server(handle?: RequestListener): Promise<Http2Server> {
  const { ca, ...tls } = await selfMade();
  const both = handle as ((request: unknown, response: unknown) => void) | undefined;
  const http2 = createSecureServer({ ...tls, allowHTTP1: true });
  http2.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) =>
    both?.(request, response),
  );
  // A client that goes in the middle of something is what is tested.
  http2.on('sessionError', () => undefined);
  return Object.assign(await listen(http2, 'https'), { http2, ca });
}

async function selfMade(): Promise<{ readonly ca: string; readonly cert: string; readonly key: string }> {
  const authority = await createCertificateAuthority(Date.now());
  const { certificate, key } = await authority.issue(['127.0.0.1']);
  return { ca: authority.certificate, cert: certificate, key };
}

export interface Relay extends LoopbackServer {
  /** Where new connections go. */
  target: number;
  /** Nothing gets through any more, in either direction, but every socket stays open. */
  freeze(): void;
  /** Cuts all connections. */
  cut(): void;
}

/** Relays to a port of 127.0.0.1. Connections made after {@link Relay.freeze} get through again. */
export async function startRelay(target: number): Promise<Relay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createTcpServer((client) => {
    const upstream = connect(relay.target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  const relay: Relay = Object.assign(await listen(server, 'https'), {
    target,
    freeze: () => {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream).pause();
        upstream.unpipe(client).pause();
      }
    },
    cut: () => {
      for (const [client] of pairs) client.destroy();
    },
  });
  return relay;
}

async function listen(server: Server, scheme: string): Promise<LoopbackServer> {
  const open = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted++;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const started = {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    open,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return Object.defineProperty(started, 'accepted', { get: () => accepted }) as typeof started & {
    accepted: number;
  };
}
