/**
 * What stays the same for all requests of a connection: where it comes from, and whether who asked is still there. One
 * signal a connection: of requests that were sent one behind the other, each has lost its caller when the connection
 * closes, also one whose turn to be answered has not come.
 *
 * @module
 */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { canonicalAddress } from '../caller/address.js';

/** The caller's end of a connection. */
export interface CallerConnection {
  /** The canonical remote address; `undefined` where the connection has none. */
  readonly address: string | undefined;
  /** Aborts when the connection closes. */
  readonly signal: AbortSignal;
}

const known = new WeakMap<Socket, CallerConnection>();

/** What is known of a connection. */
export function callerConnection(socket: Socket): CallerConnection {
  const before = known.get(socket);
  if (before !== undefined) return before;
  const controller = new AbortController();
  // As many as there are requests under way; how many that may be is bounded elsewhere.
  setMaxListeners(0, controller.signal);
  if (socket.destroyed) controller.abort();
  else socket.once('close', () => controller.abort());
  const connection = {
    address: canonicalAddress(socket.remoteAddress ?? ''),
    signal: controller.signal,
  };
  known.set(socket, connection);
  return connection;
}
