/**
 * A server on a loopback address, opened and closed in one breath.
 *
 * @module
 */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
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
  /** The host that the URL names, where it is not the address listened on. */
  readonly publicHost?: string;
}

/** Listens, and resolves once it does. Rejects where the address cannot be had. */
export async function listen(options: ListenOptions, handle: RequestListener): Promise<Listener> {
  const { host, tls } = options;
  const server = tls
    ? createHttpsServer({ cert: tls.certificate, key: tls.key }, handle)
    : createHttpServer(handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const name = options.publicHost ?? host;
  const url = `${tls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`;
  return {
    url,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
