/**
 * Sends answers.
 *
 * @module
 */
import { type ServerResponse } from 'node:http';
import { type Status, StatusError, internal } from '../status-error.js';

/** Sends JSON text. */
export function sendJson(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Sends plain text, as probes and unknown paths are answered. */
export function sendText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

/** Sends a `Status`. */
export function sendStatus(response: ServerResponse, status: Status): void {
  const retryAfter = status.details?.retryAfterSeconds;
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  sendJson(response, status.code, JSON.stringify(status));
}

/** Sends what went wrong; what is not a {@link StatusError} is a defect of the simulator, and says so with a 500. */
export function sendError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof StatusError ? error : internal(error instanceof Error ? error.message : 'unknown');
  if (response.headersSent) response.destroy();
  else sendStatus(response, known.status);
}

/** Adds a warning, which kubectl shows. */
export function addWarning(response: ServerResponse, text: string): void {
  response.appendHeader('warning', `299 - ${JSON.stringify(text)}`);
}
