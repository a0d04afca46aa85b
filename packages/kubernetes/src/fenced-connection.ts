/**
 * A connection that writes only while a lease is held.
 *
 * @module
 */
import type { Connection, KubernetesRequest, KubernetesResponse } from './connection.js';
import type { LeaderTerm } from './leader-election.js';

/**
 * `connection`, refusing each request other than `GET` with `not-leading` once `term` is over or has run out, and
 * ending those under way when it ends. Closing it leaves `connection` open.
 */
export function fencedConnection(connection: Connection, term: LeaderTerm): Connection {
  return {
    server: connection.server,
    async request(request: KubernetesRequest): Promise<KubernetesResponse> {
      if (request.method === 'GET') return connection.request(request);
      term.assertLeading();
      const signal =
        request.signal === undefined ? term.leading : AbortSignal.any([request.signal, term.leading]);
      return connection.request({ ...request, signal });
    },
    close: async () => undefined,
  };
}
