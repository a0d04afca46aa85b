/**
 * HTTP/2 with a server that speaks it: one connection for all requests, for as long as it works.
 *
 * @module
 */
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { urlToHttpOptions } from 'node:url';
import { followAbort } from './follow-abort.js';
import { Http2Session, NotTaken } from './http2-session.js';
import { isOutOfTime } from './request-deadline.js';
import {
  connectTimeoutMs,
  lost,
  notConnected,
  tcpKeepAliveMs,
  tlsOptions,
  type TlsMaterial,
  type TransportRequest,
  type TransportResponse,
} from './transport.js';

/** Over how many connections a request is tried: a server that ends them as fast as they come has to be left alone. */
const mostConnections = 3;

/** `undefined`: the server speaks no HTTP/2. */
type Opening = Promise<Http2Session | undefined>;

/** Connections to one server, one after another. */
export class Http2Transport {
  readonly #server: URL;
  readonly #material: TlsMaterial;
  #spoken = true;
  /** What takes new requests. */
  #session: Http2Session | undefined;
  #opening: Opening | undefined;
  /** All that are open, those that are left to their last requests too. */
  readonly #sessions = new Set<Http2Session>();
  readonly #over = new AbortController();

  constructor(server: URL, material: TlsMaterial) {
    this.#server = server;
    this.#material = material;
  }

  /**
   * Sends a request, and resolves with the head of its answer; with `undefined`, and nothing is sent, where the server
   * speaks no HTTP/2.
   *
   * @param ended - called once, when the answer is over or given up; not where there is none
   */
  async request(request: TransportRequest, ended: () => void): Promise<TransportResponse | undefined> {
    for (let turn = 1; this.#spoken; turn++) {
      const session = this.#session ?? (await this.#opened(request.signal));
      if (session === undefined) break;
      try {
        return await session.request(request, ended);
      } catch (error) {
        if (!(error instanceof NotTaken)) throw error;
        if (this.#session === session) this.#session = undefined;
        if (turn === mostConnections || request.signal.aborted) throw error.cause;
      }
    }
    return undefined;
  }

  /** Ends all that is under way. */
  destroy(): void {
    this.#over.abort();
    for (const session of this.#sessions) session.destroy();
  }

  /** What one request of several opens is for all; one that waited for it in vain has the next open another. */
  #opened(signal: AbortSignal): Opening {
    const opening = (this.#opening ??= this.#open().finally(() => this.#forget(opening)));
    return new Promise((resolve, reject) => {
      const unfollow = followAbort(signal, () => {
        if (isOutOfTime(signal.reason)) this.#forget(opening);
        reject(new Error('aborted'));
      });
      opening.finally(unfollow).then(resolve, reject);
    });
  }

  #forget(opening: Opening): void {
    if (this.#opening === opening) this.#opening = undefined;
  }

  async #open(): Opening {
    const socket = await openSocket(this.#server, this.#material, this.#over.signal);
    this.#spoken = socket.alpnProtocol === 'h2';
    if (!this.#spoken) {
      socket.destroy();
      return undefined;
    }
    const session = new Http2Session(this.#server, socket, () => this.#sessions.delete(session));
    this.#sessions.add(session);
    await session.ready();
    this.#session = session;
    return session;
  }
}

function openSocket(server: URL, material: TlsMaterial, over: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const { hostname } = urlToHttpOptions(server);
    const host = String(hostname);
    const socket = connect({
      host,
      port: Number(server.port || 443),
      servername: isIP(host) === 0 ? host : '',
      ...tlsOptions(material),
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    socket.setKeepAlive(true, tcpKeepAliveMs).setNoDelay(true);
    const timer = setTimeout(() => socket.destroy(notConnected()), connectTimeoutMs);
    const unfollow = followAbort(over, () => socket.destroy(lost()));
    socket.once('close', () => {
      clearTimeout(timer);
      unfollow();
    });
    socket.on('error', reject).once('secureConnect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}
