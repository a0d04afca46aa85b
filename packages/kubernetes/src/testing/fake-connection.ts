/** A {@link Connection} inside the process: a function answers, streams are pushed by the test. */
import type { Clock } from '@aad-pod-identity/core';
import type { Connection, KubernetesRequest, KubernetesResponse } from '../connection.js';
import { KubernetesError } from '../kubernetes-error.js';
import { RequestDeadline } from '../request-deadline.js';

/** What a handler answers with. */
export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly stream?: FakeStream;
}

export type Handler = (request: KubernetesRequest) => FakeAnswer | Promise<FakeAnswer>;

/** The lines of a watch, as the test pushes them. */
export class FakeStream {
  readonly #lines: string[] = [];
  #end: { readonly error?: Error } | undefined;
  #wake: () => void = () => undefined;

  /** Pushes a line as it is, or anything else as JSON. */
  push(line: unknown): void {
    this.#lines.push(typeof line === 'string' ? line : JSON.stringify(line));
    this.#wake();
  }

  /** Ends the stream, in good order or with `error`. */
  end(error?: Error): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake();
  }

  async *read(): AsyncGenerator<string, void> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) yield line;
      else if (this.#end?.error !== undefined) throw this.#end.error;
      else if (this.#end !== undefined) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export class FakeConnection implements Connection {
  readonly server = 'https://fake';
  readonly requests: KubernetesRequest[] = [];
  readonly #clock: Clock;
  handler: Handler;

  constructor(clock: Clock, handler: Handler) {
    this.#clock = clock;
    this.handler = handler;
  }

  async request(request: KubernetesRequest): Promise<KubernetesResponse> {
    this.requests.push(request);
    const what = `${request.method} ${request.path}`;
    const deadline = new RequestDeadline(this.#clock, what, request.timeoutMs ?? 30_000, request.signal);
    const aborted = new Promise<never>((_, reject) => {
      const fail = (): void => reject(deadline.signal.reason as Error);
      if (deadline.signal.aborted) fail();
      else deadline.signal.addEventListener('abort', fail);
    });
    aborted.catch(() => undefined);
    try {
      const answer = await Promise.race([this.#answer(request), aborted]);
      const { status = 200, headers = {}, body, stream } = answer;
      deadline.lift();
      deadline.signal.addEventListener('abort', () => stream?.end(deadline.signal.reason as Error));
      return {
        status,
        headers,
        async json() {
          deadline.end();
          return body === undefined ? undefined : JSON.parse(JSON.stringify(body));
        },
        async *lines() {
          try {
            yield* (stream ?? new FakeStream()).read();
          } finally {
            deadline.end();
          }
        },
      };
    } catch (error) {
      deadline.end();
      throw error;
    }
  }

  async #answer(request: KubernetesRequest): Promise<FakeAnswer> {
    return this.handler(request);
  }

  async close(): Promise<void> {
    this.handler = () => {
      throw new KubernetesError('aborted', 'closed');
    };
  }
}

/** A failing answer with a Status body. */
export function failure(status: number, reason: string, message = reason): FakeAnswer {
  return {
    status,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message },
  };
}
