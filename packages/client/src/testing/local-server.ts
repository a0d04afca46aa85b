import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on loopback that records what it was asked and is gone with the scope. */
export interface LocalServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly requests: {
    readonly url: string;
    readonly from: string;
    readonly headers: IncomingMessage['headers'];
  }[];
}

export async function startLocalServer(listener: RequestListener): Promise<LocalServer> {
  const requests: LocalServer['requests'][number][] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url!, from: request.socket.remoteAddress!, headers: request.headers });
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
