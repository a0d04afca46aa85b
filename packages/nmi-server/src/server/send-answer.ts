/**
 * Writing an answer to the connection.
 *
 * @module
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { refusalBody, type Refusal } from '../request/refusal.js';
import { passBack } from './forward.js';
import type { Answer } from './request-handler.js';
import type { RequestRecord } from './request-record.js';

const json = 'application/json; charset=utf-8';
/** How long a body that nobody wants may go on coming after the answer, in milliseconds. */
const unreadBodyMs = 500;

/** Sends an answer; the record says what it was. */
export function sendAnswer(
  answer: Answer,
  record: RequestRecord,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  if (!incoming.complete && hasBody(incoming)) outgoing.once('finish', () => endBody(incoming));
  switch (answer.kind) {
    case 'json':
      record.status = 200;
      sendJson(outgoing, 200, answer.body);
      break;
    case 'passed-on':
      record.status = answer.head.status;
      outgoing.writeHead(answer.head.status, answer.head.headers as OutgoingHttpHeaders);
      passBack(answer.body, outgoing);
      break;
    case 'refused':
      noteRefusal(answer.refusal, record);
      sendJson(
        outgoing,
        answer.refusal.status,
        refusalBody(answer.refusal, record.correlationId),
        answer.refusal.headers,
      );
      break;
    case 'gone':
      record.outcome = 'gone';
      outgoing.destroy();
      break;
  }
}

/** Notes on a record that its request was refused, and why. */
export function noteRefusal(refusal: Refusal, record: RequestRecord): void {
  record.outcome = 'refused';
  record.status = refusal.status;
  record.reason = refusal.reason;
  record.description = refusal.description;
}

function sendJson(outgoing: ServerResponse, status: number, body: string, more?: Refusal['headers']): void {
  const length = Buffer.byteLength(body);
  const headers: OutgoingHttpHeaders = { 'Content-Type': json, 'Content-Length': length };
  outgoing.writeHead(status, more === undefined ? headers : { ...headers, ...more });
  // What is all ASCII is the same bytes in both, and cheaper to write in the first.
  outgoing.end(body, length === body.length ? 'latin1' : 'utf8');
}

/** Whether anything comes after the head of a request. It was not read yet when the head came. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Node reads on, so that the connection can be used again; for a moment it may, then the connection is cut. */
function endBody(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  const cut = setTimeout(() => incoming.destroy(), unreadBodyMs);
  incoming.once('close', () => clearTimeout(cut));
}
