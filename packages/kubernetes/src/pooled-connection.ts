/**
 * A {@link Connection} over pooled, kept-alive sockets.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '@aad-pod-identity/core';
import type { Access, AccessSource } from './access-source.js';
import type { Connection, KubernetesRequest, KubernetesResponse } from './connection.js';
import { KubernetesError } from './kubernetes-error.js';
import { RequestDeadline } from './request-deadline.js';
import { readJson, readLines } from './response-body.js';
import type { TransportResponse } from './transport.js';
import { isBrokenSocket, isTlsFailure, transportError } from './transport-error.js';

const defaultTimeoutMs = 30_000;

/** Options of a {@link PooledConnection}. */
export interface PooledConnectionOptions {
  readonly source: AccessSource;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** Sends requests with what an {@link AccessSource} gives, and asks it again when that is refused. */
export class PooledConnection implements Connection {
  readonly server: string;
  readonly #options: PooledConnectionOptions;
  #closed = false;

  constructor(options: PooledConnectionOptions) {
    this.#options = options;
    this.server = options.source.server.href.replace(/\/$/, '');
  }

  async request(request: KubernetesRequest): Promise<KubernetesResponse> {
    const what = `${request.method} ${this.server}${request.path}`;
    if (this.#closed) throw new KubernetesError('aborted', `${what}: the connection is closed`);
    const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
    const deadline = new RequestDeadline(this.#options.clock, what, timeoutMs, request.signal);
    try {
      return toResponse(what, await this.#send(request, deadline), deadline);
    } catch (error) {
      deadline.end();
      throw deadline.explain(transportError(what, error));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#options.source.close();
  }

  /** At most two attempts: the second with other credentials, or on a new socket. */
  async #send(request: KubernetesRequest, deadline: RequestDeadline): Promise<TransportResponse> {
    const { source } = this.#options;
    const access = await source.access();
    try {
      const response = await this.#attempt(request, access, deadline);
      if (response.status !== 401) return response;
      const fresh = await source.refresh(access);
      if (fresh === undefined) return response;
      await discard(response);
      return await this.#attempt(request, fresh, deadline);
    } catch (error) {
      if (deadline.signal.aborted || this.#closed) throw error;
      if (isTlsFailure(error)) {
        const fresh = await source.refresh(access);
        if (fresh !== undefined) return this.#attempt(request, fresh, deadline);
      }
      if (request.method === 'GET' && isBrokenSocket(error)) return this.#attempt(request, access, deadline);
      throw error;
    }
  }

  async #attempt(
    request: KubernetesRequest,
    access: Access,
    deadline: RequestDeadline,
  ): Promise<TransportResponse> {
    const { source, userAgent } = this.#options;
    const path = `${source.server.pathname.replace(/\/$/, '')}${request.path}${queryString(request.query)}`;
    return access.transport.request({
      path,
      method: request.method,
      headers: {
        accept: request.accept ?? 'application/json',
        'user-agent': userAgent,
        ...access.headers,
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      signal: deadline.signal,
    });
  }
}

function toResponse(
  what: string,
  response: TransportResponse,
  deadline: RequestDeadline,
): KubernetesResponse {
  return {
    status: response.status,
    get headers() {
      return joined(response.headers);
    },
    async json() {
      try {
        return await readJson(what, response.body);
      } catch (error) {
        throw deadline.explain(transportError(what, error));
      } finally {
        deadline.end();
      }
    },
    async *lines() {
      deadline.lift();
      try {
        yield* readLines(what, response.body);
      } catch (error) {
        throw deadline.explain(transportError(what, error));
      } finally {
        deadline.end();
      }
    },
  };
}

/** Headers that came several times as one line each. */
function joined(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const lines: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) lines[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return lines;
}

/** Frees what an answer that nobody reads came over. */
async function discard({ body }: TransportResponse): Promise<void> {
  for await (const _ of body);
}

function queryString(query: KubernetesRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
