import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from './usage-error.js';

/** A small HTTP server of a program: probes, metrics. */
export interface HttpEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** One answer: status, content type and body. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

/**
 * Serves GET and HEAD of exact paths; anything else is 404 or 405.
 *
 * @throws UsageError where the address cannot be listened on
 */
export async function serveEndpoint(options: {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly routes: Readonly<Record<string, () => Answer | Promise<Answer>>>;
}): Promise<HttpEndpoint> {
  const { name, host, port, routes } = options;
  const server = createServer(
    { maxHeaderSize: 8_192, requestTimeout: 10_000, headersTimeout: 5_000 },
    (request, response) => {
      void answer(routes, request, response);
    },
  );
  server.maxConnections = 64;
  await listen(server, name, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  routes: Readonly<Record<string, () => Answer | Promise<Answer>>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const send = ({ status, body, contentType = 'text/plain; charset=utf-8' }: Answer): void => {
    response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  if (route === undefined) return send({ status: 404, body: 'not found\n' });
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send({ status: 405, body: 'method not allowed\n' });
  try {
    send(await route());
  } catch (error) {
    send({ status: 500, body: `${error instanceof Error ? error.message : 'failed'}\n` });
  }
}

function listen(server: Server, name: string, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
      reject(
        new UsageError(
          `cannot serve ${name} on ${host}:${port}: ${why}; choose another port with --${name === 'metrics' ? 'prometheus-port' : 'http-probe-port'}`,
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}
