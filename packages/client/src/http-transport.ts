/**
 * One GET over `node:http`, which (unlike `fetch`) can choose the address it connects from and never uses a proxy.
 *
 * @module
 */
import { request as httpRequest, type ClientRequest } from 'node:http';
import { PodIdentityClientError } from './client-error.js';

/** One request to the metadata endpoint. */
export interface MetadataRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The address to connect from; the system's choice where absent. */
  readonly localAddress: string | undefined;
  /** Milliseconds for the connection to come about. */
  readonly connectTimeoutMs: number;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The answer, whole. */
export interface MetadataAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * Sends one request and gives the answer, whatever its status. Fails with a `PodIdentityClientError` of code `unreachable`,
 * `timeout`, `aborted` or `invalid_answer` where there is none.
 */
export type MetadataTransport = (request: MetadataRequest) => Promise<MetadataAnswer>;

/** A metadata answer is a few kilobytes; one beyond this many bytes is none. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The {@link MetadataTransport} over `node:http`: one connection a request, no redirect followed. */
export const httpTransport: MetadataTransport = (request) =>
  new Promise((resolve, reject) => {
    const { url, signal } = request;
    const outgoing = httpRequest({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? 80 : Number(url.port),
      path: `${url.pathname}${url.search}`,
      headers: { Host: url.host, Connection: 'close', ...request.headers },
      agent: false,
      ...(request.localAddress === undefined ? {} : { localAddress: request.localAddress }),
    });
    const fail = (error: PodIdentityClientError): void => {
      outgoing.destroy();
      reject(error);
    };
    const abort = (): void => {
      fail(new PodIdentityClientError('aborted', 'The request was aborted', { cause: signal?.reason }));
    };
    const stopTimers = startTimers(outgoing, request, fail);
    outgoing.on('close', () => {
      stopTimers();
      signal?.removeEventListener('abort', abort);
    });
    outgoing.on('error', (cause) => {
      fail(
        new PodIdentityClientError('unreachable', `No answer from ${url.origin}: ${cause.message}`, {
          cause,
        }),
      );
    });
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_BODY_BYTES) {
          fail(
            new PodIdentityClientError(
              'invalid_answer',
              `${url.origin} answered more than ${MAX_BODY_BYTES} bytes`,
            ),
          );
        }
      });
      incoming.on('error', (cause) => {
        fail(new PodIdentityClientError('unreachable', `${url.origin} broke off its answer`, { cause }));
      });
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    else outgoing.end();
  });

/** Fails the request where connecting, or the whole, takes too long. The returned function stops that. */
function startTimers(
  outgoing: ClientRequest,
  { url, connectTimeoutMs, timeoutMs }: MetadataRequest,
  fail: (error: PodIdentityClientError) => void,
): () => void {
  const connecting = setTimeout(() => {
    fail(
      new PodIdentityClientError(
        'unreachable',
        `No connection to ${url.origin} within ${connectTimeoutMs} ms`,
      ),
    );
  }, connectTimeoutMs);
  const whole = setTimeout(() => {
    fail(new PodIdentityClientError('timeout', `No answer from ${url.origin} within ${timeoutMs} ms`));
  }, timeoutMs);
  outgoing.on('socket', (socket) => {
    socket.once('connect', () => {
      clearTimeout(connecting);
    });
  });
  return () => {
    clearTimeout(connecting);
    clearTimeout(whole);
  };
}
