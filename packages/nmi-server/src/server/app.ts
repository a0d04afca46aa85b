/**
 * The HTTP face of NMI: a Hono application that looks at the raw request, and at nothing that a framework made of it.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Hono } from 'hono';
import type { Clock } from '@aad-pod-identity/core';
import type { Waiters } from '../authorization/waiters.js';
import { classify, tokenPath, type MetadataRequest, type RequestRules } from '../request/classify.js';
import { refuse } from '../request/refusal.js';
import { callerConnection } from './caller-connection.js';
import { perTurn } from './per-turn.js';
import { rememberingTargets } from './remembered-targets.js';
import type { Answer, RequestHandler } from './request-handler.js';
import { newRecord, type RequestRecord } from './request-record.js';
import { sendAnswer } from './send-answer.js';
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
  /** Answers a request, at once or later; never throws. */
  handle(incoming: IncomingMessage, outgoing: ServerResponse): void;
}

/** What Hono is given of a request. */
interface Connection {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** An answer that was decided, to be sent at the end of the turn. */
interface Decided extends Connection {
  readonly answer: Answer;
  readonly record: RequestRecord;
  readonly startedAt: number;
}

// Node's own `Request` and `Response` are never touched: they come with its whole client for HTTP, which takes 9 MB and
// 10 ms of the start. To Hono every request is this one, and answers are written straight to the connection.
const anyRequest = { method: 'GET' } as Request;
const sent = {} as Response;

/** So many answers are sent at once. More that wait would outlive the collection of new objects, and stay in memory. */
const mostTogether = 16;

const tooManyRequests = refuse(
  'too-many-requests',
  'Too many requests of this address, or of the whole node, are being answered already.',
  { 'Retry-After': '1' },
);

/** Makes the application. */
export function createApp(options: AppOptions): App {
  const { rules, handler, clock, underWay, onAnswered, onInternalError } = options;
  const readTarget = rememberingTargets();
  // Each write to a connection wakes whoever waits at its other end, which costs NMI more than its decision. Written one
  // behind the other, most find the others awake already; the lines and metrics come when all have their answers.
  const send = perTurn<Decided>(mostTogether, (decided) => {
    for (const { answer, record, incoming, outgoing } of decided) {
      try {
        sendAnswer(answer, record, incoming, outgoing);
      } catch (error) {
        onInternalError(error);
        outgoing.destroy();
      }
    }
    for (const { record, startedAt } of decided) onAnswered(record, clock.monotonic() - startedAt);
  });
  // The route is chosen from the raw target, below.
  const hono = new Hono<{ Bindings: Connection }>({ getPath: () => '/' });

  hono.all('/', (c): Response | Promise<Response> => {
    const startedAt = clock.monotonic();
    const { incoming, outgoing } = c.env;
    const { address, signal } = callerConnection(incoming.socket);
    const record = newRecord(randomUUID(), address ?? '');
    const finish = (answer: Answer): Response => {
      send({ answer, record, incoming, outgoing, startedAt });
      return sent;
    };
    const request = classify(
      { method: incoming.method ?? '', target: incoming.url ?? '', headers: incoming.rawHeaders },
      rules,
      readTarget,
    );
    if (request.kind === 'refused') return finish(request);
    record.operation = operationOf(request);
    if (!underWay.hasPlace(address ?? '')) return finish({ kind: 'refused', refusal: tooManyRequests });
    const answer = handler.answer(request, { incoming, address, signal, record });
    if (!(answer instanceof Promise)) return finish(answer);
    const leave = underWay.enter(address ?? '');
    return answer.then((late) => {
      leave?.();
      return finish(late);
    });
  });
  hono.onError((error, c) => {
    const { incoming, outgoing } = c.env;
    onInternalError(error);
    if (outgoing.headersSent) {
      outgoing.destroy();
      return sent;
    }
    const record = newRecord(randomUUID(), '');
    sendAnswer({ kind: 'refused', refusal: upstreamRefusal(error) }, record, incoming, outgoing);
    onAnswered(record, 0);
    return sent;
  });
  return {
    handle: (incoming, outgoing) => {
      const failed = (error: unknown): void => {
        onInternalError(error);
        outgoing.destroy();
      };
      try {
        const answered = hono.fetch(anyRequest, { incoming, outgoing });
        if (answered instanceof Promise) answered.catch(failed);
      } catch (error) {
        failed(error);
      }
    },
  };
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
