/**
 * Requests to the real IMDS. The URL is always built here from parsed values, time and size are bounded, redirects are
 * not followed, and no proxy is used.
 *
 * @module
 */
import { Agent, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { isRecord, type Clock } from '@aad-pod-identity/core';
import { parseRetryAfter, UpstreamError } from '../token/upstream-error.js';

/** Options of an {@link ImdsClient}. */
export interface ImdsClientOptions {
  readonly clock: Clock;
  /** `--metadata-ip` */
  readonly host: string;
  /** `--metadata-port` */
  readonly port: number;
  /** Milliseconds for one exchange, body included. @default 10000 */
  readonly timeoutMs?: number;
}

/** A request to IMDS. */
export interface ImdsRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query, built by us. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** The head of an answer; `body` must be read or destroyed. */
export interface ImdsResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: IncomingMessage;
}

const defaultTimeoutMs = 10_000;

/** Talks to one IMDS over kept-alive connections. */
export class ImdsClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32, maxFreeSockets: 8, timeout: 60_000 });
  readonly #clock: Clock;
  readonly #host: string;
  readonly #port: number;
  readonly #timeoutMs: number;

  constructor(options: ImdsClientOptions) {
    this.#clock = options.clock;
    this.#host = options.host;
    this.#port = options.port;
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  }

  /**
   * Sends one request and resolves with the head of the answer, whatever its status.
   *
   * @throws UpstreamError `timeout` or `network`; the caller's own abort rejects with the signal's reason
   */
  async send(asked: ImdsRequest, signal?: AbortSignal): Promise<ImdsResponse> {
    try {
      return await this.#once(asked, signal);
    } catch (error) {
      // A kept-alive connection that IMDS closed just as we took it: nothing was processed.
      if (error instanceof UpstreamError && error.code === 'stale-connection' && asked.method === 'GET') {
        return this.#once(asked, signal);
      }
      throw error;
    }
  }

  /**
   * Sends one request and reads a JSON object from the answer.
   *
   * @param maxBytes - the largest body that is read
   * @throws UpstreamError as {@link send}; `answer` for a status other than 200; `bad-response` for a body that is too
   * large or no JSON object
   */
  async json(asked: ImdsRequest, maxBytes: number): Promise<Readonly<Record<string, unknown>>> {
    const response = await this.send(asked);
    const body = parseObject(await readText(response.body, maxBytes));
    if (response.status === 200) {
      if (body === undefined)
        throw new UpstreamError('bad-response', 'IMDS answered 200 without a JSON object.');
      return body;
    }
    const { code, description } = errorFields(body);
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], this.#clock.now());
    throw new UpstreamError(
      'answer',
      `IMDS answered ${response.status}${description === '' ? '' : `: ${description}`}`,
      {
        status: response.status,
        ...(code === undefined ? {} : { code }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
    );
  }

  /** Closes idle connections, and those in use as well. */
  close(): void {
    this.#agent.destroy();
  }

  #once(asked: ImdsRequest, signal: AbortSignal | undefined): Promise<ImdsResponse> {
    return new Promise((resolve, reject) => {
      const headers: OutgoingHttpHeaders = { ...asked.headers, Metadata: 'true' };
      if (asked.body !== undefined) headers['Content-Length'] = asked.body.byteLength;
      const outgoing = request({
        agent: this.#agent,
        host: this.#host,
        port: this.#port,
        method: asked.method,
        path: asked.path,
        headers,
        setHost: true,
        ...(signal === undefined ? {} : { signal }),
      });
      const cancelTimer = this.#clock.after(this.#timeoutMs, () => {
        outgoing.destroy(new UpstreamError('timeout', `IMDS did not answer within ${this.#timeoutMs} ms.`));
      });
      outgoing.on('close', cancelTimer);
      outgoing.on('response', (body) =>
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body }),
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (signal?.aborted === true) reject(signal.reason instanceof Error ? signal.reason : error);
        else reject(error instanceof UpstreamError ? error : networkError(error, outgoing.reusedSocket));
      });
      outgoing.end(asked.body);
    });
  }
}

function networkError(error: NodeJS.ErrnoException, reused: boolean): UpstreamError {
  const stale = reused && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
  return new UpstreamError('network', `No connection to IMDS: ${error.message}`, {
    cause: error,
    ...(stale ? { code: 'stale-connection' } : {}),
  });
}

async function readText(body: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes)
        throw new UpstreamError('bad-response', `IMDS answered with more than ${maxBytes} bytes.`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    throw new UpstreamError('network', `The answer of IMDS broke off: ${String(error)}`, { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function errorFields(body: Readonly<Record<string, unknown>> | undefined): {
  code?: string;
  description: string;
} {
  const error = body?.['error'];
  const nested = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : undefined;
  const code = text(error) ?? text(nested?.['code']);
  const description =
    text(body?.['error_description']) ?? text(nested?.['message']) ?? text(body?.['message']) ?? '';
  return code === undefined ? { description } : { code, description };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
