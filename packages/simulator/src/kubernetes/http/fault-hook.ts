/**
 * The place where faults come in: before a request is looked at.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { failure, type Status } from '../status-error.js';
import { sendJson, sendStatus } from './answer.js';

/** What a request is answered instead of being served. */
export type FaultAnswer =
  | {
      readonly kind: 'status';
      readonly status: number;
      /** The body; a `Status` that fits the code where absent. */
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly retryAfterSeconds?: number;
    }
  /** The connection is cut; of one over HTTP/2, the stream. */
  | { readonly kind: 'reset' };

/**
 * Asked before each request is served. It may take its time (latency), and may have an answer instead.
 *
 * @param request - the method, and path and query as received
 */
export type FaultHook = (request: {
  readonly method: string;
  readonly path: string;
}) => Promise<FaultAnswer | undefined>;

/** Whether the hook has answered the request. */
export async function injectFault(
  hook: FaultHook,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const fault = await hook({ method: request.method ?? 'GET', path: request.url ?? '/' });
  if (fault === undefined) return false;
  if (fault.kind === 'reset') {
    request.socket.destroy();
    return true;
  }
  for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
  if (fault.retryAfterSeconds !== undefined)
    response.setHeader('retry-after', String(fault.retryAfterSeconds));
  if (fault.body === undefined) sendStatus(response, faultStatus(fault.status));
  else
    sendJson(
      response,
      fault.status,
      typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body),
    );
  return true;
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function faultStatus(code: number): Status {
  return failure(code, reasons[code], `the simulator was asked to answer ${code}`).status;
}
