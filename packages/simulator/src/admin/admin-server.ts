/**
 * The admin API over HTTP.
 *
 * @module
 */
import { getRequestListener } from '@hono/node-server';
import { listen, type Listener } from '../http/listener.js';
import type { Simulator } from '../simulator.js';
import { createAdminApi } from './admin-api.js';

/** Serves the admin API, plain HTTP: it is for loopback only. */
export async function serveAdmin(
  simulator: Simulator,
  at: { readonly host: string; readonly port: number },
): Promise<Listener> {
  const listener = getRequestListener(createAdminApi(simulator).fetch);
  return listen(at, (request, response) => void listener(request, response));
}
