/**
 * One pool of sockets for each set of TLS material: the same pool for as long as the material stays the same.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';

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

const connectTimeoutMs = 10_000;
/** A peer that vanished is noticed by the kernel even where no timer of ours runs. */
const tcpKeepAliveMs = 15_000;
/** Below the idle timeouts of load balancers; a server's own `Keep-Alive` hint shortens it. */
const idleMs = 30_000;
const mostSockets = 64;

/** Hands out dispatchers, and retires one when its material has changed. */
export class AgentPool {
  #current: { readonly material: TlsMaterial; readonly dispatcher: Dispatcher } | undefined;
  readonly #retiring = new Set<Dispatcher>();

  /** The dispatcher for `material`. One for other material finishes its requests and closes. */
  get(material: TlsMaterial): Dispatcher {
    if (this.#current !== undefined && isDeepStrictEqual(this.#current.material, material)) {
      return this.#current.dispatcher;
    }
    if (this.#current !== undefined) this.#retire(this.#current.dispatcher);
    this.#current = { material, dispatcher: createDispatcher(material) };
    return this.#current.dispatcher;
  }

  /** Closes every socket at once. */
  async close(): Promise<void> {
    const all = [...this.#retiring, ...(this.#current === undefined ? [] : [this.#current.dispatcher])];
    this.#current = undefined;
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  #retire(dispatcher: Dispatcher): void {
    this.#retiring.add(dispatcher);
    const done = (): boolean => this.#retiring.delete(dispatcher);
    dispatcher.close().then(done, done);
  }
}

function createDispatcher({ proxy, ...material }: TlsMaterial): Dispatcher {
  const tls = Object.fromEntries(Object.entries(material).filter(([, value]) => value !== undefined));
  const socket = { timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: tcpKeepAliveMs };
  const pool = {
    connections: mostSockets,
    keepAliveTimeout: idleMs,
    // Each request brings its own deadline (see RequestDeadline), and a watch its own inactivity bound.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  return proxy === undefined
    ? new Agent({ ...pool, connect: { ...socket, ...tls } })
    : new ProxyAgent({ ...pool, uri: proxy, connect: socket, requestTls: { ...socket, ...tls } });
}
