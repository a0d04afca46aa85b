/**
 * Requests over what a server speaks: HTTP/2 where it does, as API servers do, and HTTP/1.1 where not.
 *
 * @module
 */
import { Http1Transport } from './http1-transport.js';
import { Http2Transport } from './http2-transport.js';
import type { TlsMaterial, TransportRequest, TransportResponse } from './transport.js';

/** What is spoken with a server: HTTP/2 where it does, or never. */
export type Protocols = 'http/2' | 'http/1.1';

/** By `DISABLE_HTTP2` in the environment, which programs with Go's client heed too: anything in it counts. */
export function protocolsOf(env: Readonly<Record<string, string | undefined>>): Protocols {
  return (env['DISABLE_HTTP2'] ?? '') === '' ? 'http/2' : 'http/1.1';
}

/** Connections to one server, with one set of TLS material. */
export class HttpTransport {
  readonly #http1: Http1Transport;
  readonly #http2: Http2Transport | undefined;
  #active = 0;
  #whenIdle: () => void = () => undefined;

  /** @param server - its path counts for nothing */
  constructor(server: URL, material: TlsMaterial, protocols: Protocols) {
    this.#http1 = new Http1Transport(server, material);
    const spoken = protocols === 'http/2' && server.protocol === 'https:' && material.proxy === undefined;
    this.#http2 = spoken ? new Http2Transport(server, material) : undefined;
  }

  /** Sends a request, and resolves with the head of its answer. Its body must be read. */
  async request(request: TransportRequest): Promise<TransportResponse> {
    this.#active++;
    const done = (): void => {
      this.#active--;
      if (this.#active === 0) this.#whenIdle();
    };
    try {
      return (await this.#http2?.request(request, done)) ?? (await this.#http1.request(request, done));
    } catch (error) {
      done();
      throw error;
    }
  }

  /** Closes the sockets once what is under way has ended, and tells when that is. */
  retire(closed: () => void): void {
    this.#whenIdle = () => {
      this.destroy();
      closed();
    };
    if (this.#active === 0) this.#whenIdle();
  }

  /** Closes every socket at once. */
  destroy(): void {
    this.#http1.destroy();
    this.#http2?.destroy();
  }
}
