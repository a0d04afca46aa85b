/**
 * How requests reach a server, whatever protocol carries them.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';

/** What sockets are opened with; PEM texts. */
export interface TlsMaterial {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly servername?: string | undefined;
  /** `false`: any certificate of the server is accepted. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** The address of an HTTP proxy. */
  readonly proxy?: string | undefined;
}

/** A request as it goes out. */
export interface TransportRequest {
  readonly method: string;
  /** Path and query, sent as they are: a name like `..` must not become another path. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Ends the request, and the reading of its answer. */
  readonly signal: AbortSignal;
}

/** The head of an answer, and its body. */
export interface TransportResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: IncomingHttpHeaders;
  /** To be read to its end, or left early, once. Fails where the connection ends before the body does. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** How long a server may take to take a connection: there may be another address. */
export const connectTimeoutMs = 10_000;
/** A peer that vanished is noticed by the kernel even where no timer of ours runs. */
export const tcpKeepAliveMs = 15_000;
/** For how long a connection is kept that nothing uses: below the idle timeouts of load balancers. */
export const idleMs = 30_000;

/** What a socket to the server takes of the material. */
export function tlsOptions({ proxy: _, ...tls }: TlsMaterial): object {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

/** The connection of a request is gone. */
export function lost(): Error {
  return Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' });
}

/** A server did not take a connection in time. */
export function notConnected(): Error {
  return Object.assign(new Error(`no connection within ${connectTimeoutMs / 1_000} s`), {
    code: 'ETIMEDOUT',
  });
}
