/** An HTTP server on loopback whose connections are counted, and a TCP relay in front of another server. */
import { createServer, type RequestListener } from 'node:http';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';

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
