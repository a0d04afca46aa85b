/**
 * HTTP/1.1 over kept-alive sockets with Node's own client: it is in memory already, where another one would cost each
 * node of a cluster as much as all of the rest.
 *
 * @module
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import {
  connectTimeoutMs,
  idleMs,
  notConnected,
  tcpKeepAliveMs,
  tlsOptions,
  type TlsMaterial,
  type TransportRequest,
  type TransportResponse,
} from './transport.js';

const mostSockets = 64;

/** Sockets to one server, with one set of TLS material: one for each request that is under way. */
export class Http1Transport {
  readonly #server: URL;
  readonly #material: TlsMaterial;
  readonly #options: object;
  #agent: Promise<HttpAgent> | undefined;

  constructor(server: URL, material: TlsMaterial) {
    this.#server = server;
    this.#material = material;
    // A proxy's agent takes the TLS material of the server from each request.
    this.#options = {
      ...urlToHttpOptions(server),
      ...(material.proxy === undefined ? {} : tlsOptions(material)),
    };
  }

  /**
   * Sends a request, and resolves with the head of its answer.
   *
   * @param ended - called once, when the answer is over or given up; not where there is none
   */
  async request(request: TransportRequest, ended: () => void): Promise<TransportResponse> {
    this.#agent ??= openAgent(this.#server.protocol, this.#material);
    const response = await this.#send(request, await this.#agent);
    response.once('close', ended);
    return {
      status: response.statusCode ?? 0,
      // Made by Node when it is asked for, and of most answers nobody does.
      get headers() {
        return response.headers;
      },
      body: response,
    };
  }

  /** Closes every socket at once. */
  destroy(): void {
    this.#agent?.then(
      (agent) => agent.destroy(),
      () => undefined,
    );
    this.#agent = undefined;
  }

  #send(
    { method, path, headers, body, signal }: TransportRequest,
    agent: HttpAgent,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const request = (this.#server.protocol === 'https:' ? httpsRequest : httpRequest)({
        ...this.#options,
        path,
        agent,
        method,
        headers:
          body === undefined ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      });
      const abort = (): void => void request.destroy(new Error('aborted'));
      signal.addEventListener('abort', abort, { once: true });
      request.once('close', () => signal.removeEventListener('abort', abort));
      request.on('error', reject);
      request.once('socket', (socket) => boundConnecting(socket, (error) => request.destroy(error)));
      request.once('response', resolve);
      request.end(body);
    });
  }
}

async function openAgent(protocol: string, material: TlsMaterial): Promise<HttpAgent> {
  const pool = {
    keepAlive: true,
    keepAliveMsecs: tcpKeepAliveMs,
    timeout: idleMs,
    maxSockets: mostSockets,
    maxFreeSockets: mostSockets,
  };
  if (material.proxy !== undefined) {
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    return new HttpsProxyAgent(material.proxy, pool);
  }
  return protocol === 'https:'
    ? new OneMaterialAgent({ ...pool, ...tlsOptions(material) })
    : new HttpAgent(pool);
}

/**
 * Its sockets differ by the server alone. Node's own would put all certificates and keys into the name of each socket,
 * and look at it several times a request.
 */
class OneMaterialAgent extends HttpsAgent {
  override getName({
    host = '',
    port = '',
  }: { host?: string | null; port?: string | number | null } = {}): string {
    return `${host}:${port}`;
  }
}

/** A server that takes no connection must not use up the whole time of a request: there may be another address. */
function boundConnecting(socket: Socket, fail: (error: Error) => void): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => fail(notConnected()), connectTimeoutMs);
  const done = (): void => clearTimeout(timer);
  socket.once('connect', done).once('close', done);
}
