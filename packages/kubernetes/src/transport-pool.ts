/**
 * One transport for each set of TLS material: the same one for as long as the material stays the same.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { HttpTransport, type Protocols } from './http-transport.js';
import type { TlsMaterial } from './transport.js';

/** Hands out transports, and retires one when its material has changed. */
export class TransportPool {
  readonly #server: URL;
  readonly #protocols: Protocols;
  #current: { readonly material: TlsMaterial; readonly transport: HttpTransport } | undefined;
  readonly #retired = new Set<HttpTransport>();

  constructor(server: URL, protocols: Protocols) {
    this.#server = server;
    this.#protocols = protocols;
  }

  /** The transport for `material`. One for other material finishes its requests and closes. */
  get(material: TlsMaterial): HttpTransport {
    if (this.#current !== undefined && isDeepStrictEqual(this.#current.material, material)) {
      return this.#current.transport;
    }
    if (this.#current !== undefined) this.#retire(this.#current.transport);
    this.#current = { material, transport: new HttpTransport(this.#server, material, this.#protocols) };
    return this.#current.transport;
  }

  /** Closes every socket at once. */
  close(): void {
    this.#current?.transport.destroy();
    this.#current = undefined;
    for (const retired of this.#retired) retired.destroy();
    this.#retired.clear();
  }

  #retire(transport: HttpTransport): void {
    this.#retired.add(transport);
    transport.retire(() => this.#retired.delete(transport));
  }
}
