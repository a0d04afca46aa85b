/**
 * The listening socket, with the bounds that keep one caller from taking it from the others.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { createServer, STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PodIdentityError, type Clock } from '@aad-pod-identity/core';
import { canonicalAddress } from '../caller/address.js';
import { refusalBody, refuse } from '../request/refusal.js';
import type { App } from './app.js';
import { ConnectionTable, type ConnectionLimits, type CutReason } from './connection-table.js';
import { newRecord, type RequestRecord } from './request-record.js';
import { noteRefusal } from './send-answer.js';

/** Options of {@link listen}. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly app: App;
  readonly clock: Clock;
  /** Told of requests that are refused before the application sees them. */
  readonly onRefused: (record: RequestRecord) => void;
  readonly limits: ListenLimits;
  /** Told of each connection that is cut for the sake of others. */
  readonly onCut: (address: string, reason: CutReason) => void;
}

/** A listening NMI. */
export interface Listener {
  readonly port: number;
  /** How many connections are open. */
  readonly connections: () => number;
  /** Calls back with the remote end of each connection that is accepted, until the returned function is called. */
  readonly onAccepted: (
    listener: (remote: { readonly address: string; readonly port: number }) => void,
  ) => () => void;
  /** Stops accepting, lets requests finish for at most `graceMs` milliseconds, then closes. */
  close(graceMs: number): Promise<void>;
}

/** What connections may use. Times are in milliseconds. */
export interface ListenLimits {
  readonly connections: ConnectionLimits;
  /** Most bytes of the target and headers of a request. */
  readonly headerBytes: number;
  /** How long a connection may take for the headers of a request; how long for the whole of it. */
  readonly headerMs: number;
  readonly requestMs: number;
  /** How long it may stay open between two requests. */
  readonly idleMs: number;
}

const idleCheckMs = 100;
/** Who connects while NMI is busy waits in the kernel, not for a second try of its own. */
const backlog = 4_096;

/**
 * Begins to listen.
 *
 * @throws PodIdentityError `invalid-configuration` where the address cannot be listened on
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, app, clock, limits, onRefused, onCut } = options;
  const connections = new ConnectionTable<Socket>(limits.connections, () => clock.monotonic(), onCut);
  // One function for all requests: one for each would cost as much as finding the pod.
  const answered = function (this: ServerResponse): void {
    connections.answered(this.req.socket);
  };
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(limits.headerMs / 2, 5_000),
    },
    (incoming, outgoing) => {
      const { socket } = incoming;
      if (!connections.requested(socket)) return;
      outgoing.on('close', answered);
      app.handle(incoming, outgoing);
    },
  );
  server.on('connection', (socket: Socket) => {
    socket.once('close', () => connections.closed(socket));
    connections.opened(socket, canonicalAddress(socket.remoteAddress ?? '') ?? '');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answerBrokenRequest(error, socket, onRefused),
  );
  await bind(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections.size,
    onAccepted: (listener) => {
      const tell = ({ remoteAddress = '', remotePort = 0 }: Socket): void =>
        listener({ address: canonicalAddress(remoteAddress) ?? '', port: remotePort });
      server.on('connection', tell);
      return () => server.off('connection', tell);
    },
    close: (graceMs) => close(server, graceMs),
  };
}

/** Answers what Node's parser refused, and hangs up: nothing after it on the connection can be trusted. */
function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  onRefused: ListenOptions['onRefused'],
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const record = newRecord(randomUUID(), canonicalAddress((socket as Socket).remoteAddress ?? '') ?? '');
  const refusal = {
    ...refuse('malformed-request', `${STATUS_CODES[status]}: this is no proper HTTP request.`),
    status,
  };
  const body = refusalBody(refusal, record.correlationId);
  noteRefusal(refusal, record);
  onRefused(record);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
      reject(
        new PodIdentityError(
          'invalid-configuration',
          `cannot listen on ${host}:${port}: ${why}; choose with --nmi-listen-address and --nmi-port`,
          { cause: error },
        ),
      );
    });
    server.listen({ port, host, backlog }, resolve);
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A kept-alive connection becomes idle only when its last answer is out.
    const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs);
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
