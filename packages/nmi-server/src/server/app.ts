/**
 * The HTTP face of NMI: a Hono application that looks at the raw request, and at nothing that a framework made of it.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Clock } from '@aad-pod-identity/core';
import type { Waiters } from '../authorization/waiters.js';
import { canonicalAddress } from '../caller/address.js';
import { classify, tokenPath, type MetadataRequest, type RequestRules } from '../request/classify.js';
import { refusalBody, refuse, type Refusal } from '../request/refusal.js';
import { connectionSignal } from './connection-signal.js';
import type { Answer, RequestHandler } from './request-handler.js';
import { newRecord, type RequestRecord } from './request-record.js';
import { upstreamRefusal } from './upstream-refusal.js';

/** Options of {@link createApp}. */
export interface AppOptions {
  readonly rules: RequestRules;
  readonly handler: Pick<RequestHandler, 'answer'>;
  readonly clock: Clock;
  /** Requests that are being answered, by address: pipelined on one connection, they would have no other bound. */
  readonly underWay: Waiters;
  /** Told of each request once it is answered. */
  readonly onAnswered: (record: RequestRecord, milliseconds: number) => void;
  /** An error that nobody foresaw, for the log. */
  readonly onInternalError: (error: unknown) => void;
}

/** The application, as a server takes it. */
export interface App {
  readonly fetch: Hono<{ Bindings: HttpBindings }>['fetch'];
}

const json = 'application/json; charset=utf-8';
const tooManyRequests = refuse(
  'too-many-requests',
  'Too many requests of this address, or of the whole node, are being answered already.',
  { 'Retry-After': '1' },
);

/** Makes the application. */
export function createApp(options: AppOptions): App {
  const { rules, handler, clock, underWay, onAnswered } = options;
  // The route is chosen from the raw target, below: to Hono every request is the same.
  const app = new Hono<{ Bindings: HttpBindings }>({ getPath: () => '/' });

  app.all('/', (c): Response | Promise<Response> => {
    const startedAt = clock.monotonic();
    const { incoming } = c.env;
    const address = canonicalAddress(incoming.socket.remoteAddress ?? '');
    const record = newRecord(randomUUID(), address ?? '');
    const finish = (answer: Answer): Response => {
      const response = respond(answer, record);
      onAnswered(record, clock.monotonic() - startedAt);
      return response;
    };
    const request = classify(
      { method: incoming.method ?? '', target: incoming.url ?? '', headers: incoming.rawHeaders },
      rules,
    );
    if (request.kind === 'refused') return finish(request);
    record.operation = operationOf(request);
    const leave = underWay.enter(address ?? '');
    if (leave === undefined) return finish({ kind: 'refused', refusal: tooManyRequests });
    return handler
      .answer(request, { incoming, address, signal: connectionSignal(incoming.socket), record })
      .finally(leave)
      .then(finish);
  });
  app.onError((error) => {
    options.onInternalError(error);
    const record = newRecord(randomUUID(), '');
    const response = refusalResponse(upstreamRefusal(error), record);
    onAnswered(record, 0);
    return response;
  });
  return app;
}

function operationOf(request: Exclude<MetadataRequest, { kind: 'refused' }>): string {
  switch (request.kind) {
    case 'token':
      return tokenPath;
    case 'host-token':
      return '/host/token';
    case 'passthrough':
      return `/metadata/${request.family}`;
  }
}

function respond(answer: Answer, record: RequestRecord): Response {
  switch (answer.kind) {
    case 'json':
      record.status = 200;
      return new Response(answer.body, { status: 200, headers: { 'Content-Type': json } });
    case 'response':
      record.status = answer.response.status;
      return answer.response;
    case 'refused':
      return refusalResponse(answer.refusal, record);
    case 'gone':
      record.outcome = 'gone';
      return new Response(null, { status: 499 });
  }
}

/** A refusal as an answer; the record says what it was. */
export function refusalResponse(refusal: Refusal, record: RequestRecord): Response {
  record.outcome = 'refused';
  record.status = refusal.status;
  record.reason = refusal.reason;
  record.description = refusal.description;
  return new Response(refusalBody(refusal, record.correlationId), {
    status: refusal.status,
    headers: { 'Content-Type': json, ...refusal.headers },
  });
}
