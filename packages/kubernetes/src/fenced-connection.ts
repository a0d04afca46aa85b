/**
 * A connection that writes only while a lease is held.
 *
 * @module
 */
import type { Connection, KubernetesRequest, KubernetesResponse } from './connection.js';
import { followAbort } from './follow-abort.js';
import { isKubernetesError } from './kubernetes-error.js';
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
  const { leading } = term;
  const [signal, unfollow] = either(leading, request.signal);
  try {
    const response = await connection.request({ ...request, signal });
    const body = await readBody(response);
    return {
      status: response.status,
      get headers() {
        return response.headers;
      },
      json: async () => body,
      lines: () => oneLine(body),
    };
  } catch (error) {
    const lost: unknown = leading.reason;
    throw lost instanceof Error ? lost : error;
  } finally {
    unfollow();
  }
}

/** A signal that aborts when one of them does, and what takes it off them. Most writes have no signal of their own. */
function either(
  leading: AbortSignal,
  own: AbortSignal | undefined,
): readonly [signal: AbortSignal, unfollow: () => void] {
  if (own === undefined) return [leading, () => undefined];
  const controller = new AbortController();
  const unfollow = [leading, own].map((signal) => followAbort(signal, () => controller.abort(signal.reason)));
  return [
    controller.signal,
    () => {
      for (const undo of unfollow) undo();
    },
  ];
}

/** The status of a failure says what it is, even where its body is a proxy's page. */
async function readBody(response: KubernetesResponse): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (response.status >= 400 && isKubernetesError(error, 'bad-response')) return undefined;
    throw error;
  }
}

async function* oneLine(body: unknown): AsyncGenerator<string, void> {
  if (body !== undefined) yield JSON.stringify(body);
}
