/**
 * Whether who asked is still there. One signal a connection: of requests that were sent one behind the other, each has
 * lost its caller when the connection closes, also one whose turn to be answered has not come.
 *
 * @module
 */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';

const controllers = new WeakMap<Socket, AbortController>();

/** A signal that aborts when the connection closes. */
export function connectionSignal(socket: Socket): AbortSignal {
  const known = controllers.get(socket);
  if (known !== undefined) return known.signal;
  const controller = new AbortController();
  // As many as there are requests under way; how many that may be is bounded elsewhere.
  setMaxListeners(0, controller.signal);
  controllers.set(socket, controller);
  if (socket.destroyed) controller.abort();
  else socket.once('close', () => controller.abort());
  return controller.signal;
}
