/**
 * The listening socket, with the bounds that keep one caller from taking it from the others.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { createServer, STATUS_CODES, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PodIdentityError } from '@aad-pod-identity/core';
import { canonicalAddress } from '../caller/address.js';
import { refusalBody, refuse } from '../request/refusal.js';
import type { App } from './app.js';
import { newRecord, type RequestRecord } from './request-record.js';
import { noteRefusal } from './send-answer.js';

/** Options of {@link listen}. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly app: App;
  /** Told of requests that are refused before the application sees them. */
  readonly onRefused: (record: RequestRecord) => void;
}

/** A listening NMI. */
export interface Listener {
  readonly port: number;
  /** Calls back with the remote end of each connection that is accepted, until the returned function is called. */
  readonly onAccepted: (
    listener: (remote: { readonly address: string; readonly port: number }) => void,
  ) => () => void;
  /** Stops accepting, lets requests finish for at most `graceMs` milliseconds, then closes. */
  close(graceMs: number): Promise<void>;
}

const maxConnections = 4_096;
/** So that no pod can take all of them. */
const maxConnectionsPerAddress = 256;
const idleCheckMs = 100;
const bounds = {
  maxHeaderSize: 16 * 1_024,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
};

/**
 * Begins to listen.
 *
 * @throws PodIdentityError `invalid-configuration` where the address cannot be listened on
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, app, onRefused } = options;
  const server = createServer(bounds, (incoming, outgoing) => void app.handle(incoming, outgoing));
  server.maxConnections = maxConnections;
  limitPerAddress(server, maxConnectionsPerAddress);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answerBrokenRequest(error, socket, onRefused),
  );
  await bind(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    onAccepted: (listener) => {
      const tell = ({ remoteAddress = '', remotePort = 0 }: Socket): void =>
        listener({ address: canonicalAddress(remoteAddress) ?? '', port: remotePort });
      server.on('connection', tell);
      return () => server.off('connection', tell);
    },
    close: (graceMs) => close(server, graceMs),
  };
}

/** Hangs up on who has `most` connections already. */
function limitPerAddress(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = canonicalAddress(socket.remoteAddress ?? '') ?? '';
    const count = open.get(address) ?? 0;
    if (count >= most) {
      socket.destroy();
      return;
    }
    open.set(address, count + 1);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
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
    server.listen(port, host, resolve);
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
