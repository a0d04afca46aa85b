/**
 * Requests over kept-alive sockets with Node's own HTTP client: it is in memory already, where another one would cost
 * each node of a cluster as much as all of the rest.
 *
 * @module
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';

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
  /** The server; its path counts for nothing. */
  readonly origin: URL;
  /** Path and query, sent as they are: a name like `..` must not become another path. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Ends the request, and the reading of its answer. */
  readonly signal: AbortSignal;
}

const connectTimeoutMs = 10_000;
/** A peer that vanished is noticed by the kernel even where no timer of ours runs. */
const tcpKeepAliveMs = 15_000;
/** Below the idle timeouts of load balancers; a server's own `Keep-Alive` hint shortens it. */
const idleMs = 30_000;
const mostSockets = 64;

/** Sockets of one set of TLS material. */
export class HttpTransport {
  readonly #material: TlsMaterial;
  /** A proxy's agent takes the TLS material of the server from each request. */
  readonly #requestTls: object;
  readonly #agents = new Map<string, Promise<HttpAgent>>();
  #active = 0;
  #whenIdle: () => void = () => undefined;

  constructor(material: TlsMaterial) {
    this.#material = material;
    this.#requestTls = material.proxy === undefined ? {} : tlsOptions(material);
  }

  /** Sends a request, and resolves with the head of its answer. Its body must be read to its end or destroyed. */
  async request(request: TransportRequest): Promise<IncomingMessage> {
    this.#active++;
    try {
      const response = await send(request, await this.#agent(request.origin.protocol), this.#requestTls);
      response.once('close', () => this.#done());
      return response;
    } catch (error) {
      this.#done();
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
    for (const agent of this.#agents.values())
      agent.then(
        (opened) => opened.destroy(),
        () => undefined,
      );
    this.#agents.clear();
  }

  #done(): void {
    this.#active--;
    if (this.#active === 0) this.#whenIdle();
  }

  #agent(protocol: string): Promise<HttpAgent> {
    let agent = this.#agents.get(protocol);
    if (agent === undefined) {
      agent = openAgent(protocol, this.#material);
      this.#agents.set(protocol, agent);
    }
    return agent;
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

function tlsOptions({ proxy: _, ...tls }: TlsMaterial): object {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

function send(
  { method, origin, path, headers, body, signal }: TransportRequest,
  agent: HttpAgent,
  tls: object,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = (origin.protocol === 'https:' ? httpsRequest : httpRequest)({
      ...serverOptions(origin),
      path,
      ...tls,
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

const knownServers = new WeakMap<URL, object>();

/** {@link urlToHttpOptions} of an address that is asked again and again. */
function serverOptions(origin: URL): object {
  let options = knownServers.get(origin);
  if (options === undefined) {
    options = urlToHttpOptions(origin);
    knownServers.set(origin, options);
  }
  return options;
}

/** A server that takes no connection must not use up the whole time of a request: there may be another address. */
function boundConnecting(socket: Socket, fail: (error: Error) => void): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => {
    fail(
      Object.assign(new Error(`no connection within ${connectTimeoutMs / 1_000} s`), { code: 'ETIMEDOUT' }),
    );
  }, connectTimeoutMs);
  const done = (): void => clearTimeout(timer);
  socket.once('connect', done).once('close', done);
}
