/**
 * A connection that writes only while a lease is held.
 *
 * @module
 */
import type { Connection, KubernetesRequest, KubernetesResponse } from './connection.js';
import type { LeaderTerm } from './leader-term.js';

/**
 * `connection`, refusing each request other than `GET` with `not-leading` once `term` is over or has run out, and
 * ending those under way when it ends. Reading is not restricted. Closing it leaves `connection` open.
 */
export function fencedConnection(connection: Connection, term: LeaderTerm): Connection {
  return {
    server: connection.server,
    request: (request) =>
      request.method === 'GET' ? connection.request(request) : write(connection, term, request),
    close: async () => undefined,
  };
}

/** The answer to a write is short: it is read here, so that nothing stays attached to the term's signal. */
async function write(
  connection: Connection,
  term: LeaderTerm,
  request: KubernetesRequest,
): Promise<KubernetesResponse> {
  term.assertLeading();
  const controller = new AbortController();
  const unlink = [term.leading, request.signal].map((signal) => link(signal, controller));
  try {
    const response = await connection.request({ ...request, signal: controller.signal });
    const body = await response.json();
    return { ...response, json: async () => body, lines: () => oneLine(body) };
  } finally {
    for (const undo of unlink) undo();
  }
}

function link(signal: AbortSignal | undefined, controller: AbortController): () => void {
  const abort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort);
  return () => signal?.removeEventListener('abort', abort);
}

async function* oneLine(body: unknown): AsyncGenerator<string, void> {
  if (body !== undefined) yield JSON.stringify(body);
}
