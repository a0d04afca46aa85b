/**
 * Puts a service on the wire: reads requests to their end, lets faults have their way, notes what was asked.
 *
 * @module
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { sleep, type Clock } from '@aad-pod-identity/core';
import type { FaultAction, Faults, FaultTarget } from '../faults.js';
import type { HttpRequest, HttpResponse, HttpService } from './message.js';
import type { RequestLog } from './request-log.js';

/** How a service is served. */
export interface ServeOptions {
  readonly target: FaultTarget;
  /** Which instance it is, where there are several. */
  readonly instance?: string;
  readonly service: HttpService;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly clock: Clock;
  /** Milliseconds that every answer takes. */
  readonly latency: () => number;
}

const maxBody = 1024 * 1024;

/** The listener for a `node:http` or `node:https` server. */
export function serve(options: ServeOptions): RequestListener {
  return (incoming, outgoing) => {
    answer(options, incoming, outgoing).catch(() => outgoing.destroy());
  };
}

async function answer(
  options: ServeOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { target, instance, service, faults, log, clock } = options;
  const body = await readBody(incoming);
  if (body === undefined) {
    send(outgoing, { status: 413 });
    return;
  }
  const request: HttpRequest = {
    method: incoming.method ?? 'GET',
    target: incoming.url ?? '/',
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body,
  };
  const source = { service: target, ...(instance !== undefined && { instance }), at: clock.now() };
  const actions = faults.match({ target, method: request.method, path: request.target });
  let response: HttpResponse | undefined;
  try {
    await wait(clock, options.latency());
    response = await afflicted(options, actions, async () => service(request));
  } catch (error) {
    response = { status: 500, body: { error: { code: 'InternalServerError', message: String(error) } } };
  }
  log.add(source, request, response);
  if (response === undefined) incoming.socket.destroy();
  else send(outgoing, response);
}

/** The answer under these faults; `undefined`: the connection is to be cut. */
async function afflicted(
  { clock, target }: ServeOptions,
  actions: readonly FaultAction[],
  serveIt: () => Promise<HttpResponse>,
): Promise<HttpResponse | undefined> {
  for (const action of actions) {
    switch (action.kind) {
      case 'latency':
        await wait(clock, action.ms);
        break;
      case 'reset':
        return undefined;
      case 'status':
        return faultResponse(target, action);
    }
  }
  return serveIt();
}

function faultResponse(target: FaultTarget, action: Extract<FaultAction, { kind: 'status' }>): HttpResponse {
  const { status, headers, retryAfterSeconds } = action;
  return {
    status,
    headers: {
      ...headers,
      ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
    },
    body: action.body ?? faultBody(target, status),
  };
}

/** An error in the shape of the service. */
function faultBody(target: FaultTarget, status: number): unknown {
  const message = `the simulator was asked to answer ${status}`;
  const code = status === 429 ? 'TooManyRequests' : status >= 500 ? 'InternalServerError' : 'SimulatedFault';
  if (target === 'arm') return { error: { code, message } };
  return { error: status >= 500 ? 'temporarily_unavailable' : 'invalid_request', error_description: message };
}

/** Writes an answer. */
function send(outgoing: ServerResponse, { status, headers = {}, body }: HttpResponse): void {
  outgoing.statusCode = status;
  if (body !== undefined && typeof body !== 'string') {
    outgoing.setHeader('Content-Type', 'application/json; charset=utf-8');
  }
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  outgoing.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
}

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function wait(clock: Clock, ms: number): Promise<void> {
  if (ms > 0) await sleep(clock, ms);
}
