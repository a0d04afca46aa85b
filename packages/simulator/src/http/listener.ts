/**
 * A server on a loopback address, opened and closed in one breath.
 *
 * @module
 */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { CertificateAndKey } from '../certificate-authority.js';

/** A server that listens. */
export interface Listener {
  /** With scheme, host and port; no slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Served over TLS where given. */
  readonly tls?: CertificateAndKey;
  /** Over TLS: HTTP/2 for who speaks it, as API servers do. */
  readonly http2?: boolean;
  /** The host that the URL names, where it is not the address listened on. */
  readonly publicHost?: string;
}

/** Listens, and resolves once it does. Rejects where the address cannot be had. */
export async function listen(options: ListenOptions, handle: RequestListener): Promise<Listener> {
  const { host } = options;
  const server = createServer(options, handle);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const name = options.publicHost ?? host;
  const url = `${options.tls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`;
  return {
    url,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function createServer({ tls, http2 }: ListenOptions, handle: RequestListener): Server {
  if (tls === undefined) return createHttpServer(handle);
  const options = { cert: tls.certificate, key: tls.key };
  if (http2 !== true) return createHttpsServer(options, handle);
  // Its requests and answers are those of HTTP/1.1 in all that is used here.
  const both = handle as unknown as (request: Http2ServerRequest, response: Http2ServerResponse) => void;
  return createSecureServer({ ...options, allowHTTP1: true }, both);
}
