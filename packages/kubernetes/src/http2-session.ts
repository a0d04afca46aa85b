/**
 * Requests over one HTTP/2 connection, all of them at the same time.
 *
 * @module
 */
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { isOutOfTime } from './request-deadline.js';
import {
  connectTimeoutMs,
  idleMs,
  lost,
  notConnected,
  type TransportRequest,
  type TransportResponse,
} from './transport.js';

/** Bytes that may be on their way to us, of one answer and of all: more than a network holds. */
const streamWindow = 1024 * 1024;
const sessionWindow = 16 * 1024 * 1024;
/** Megabytes that Node lets a connection hold before it refuses further requests; its own bound is for servers. */
const sessionMemory = 64;
/** Who does not answer a ping for so long is not there. */
const pingTimeoutMs = 5_000;

/** The server did not look at the request: it may go out again over another connection, whatever it is. */
export class NotTaken extends Error {
  constructor(cause: unknown) {
    super(undefined, { cause });
  }
}

/** One connection. It closes when nothing has used it for a while. */
export class Http2Session {
  readonly #session: ClientHttp2Session;
  #streams = 0;
  #left = false;

  /**
   * @param socket - connected to `server`, with HTTP/2 agreed on
   * @param closed - called when it is over
   */
  constructor(server: URL, socket: TLSSocket, closed: () => void) {
    this.#session = connect(server, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindow },
      maxSessionMemory: sessionMemory,
    });
    // Each request that is under way is told of it.
    this.#session.on('error', () => undefined).once('close', closed);
    this.#session.once('connect', () => this.#session.setLocalWindowSize(sessionWindow));
    this.#session.setTimeout(idleMs);
    this.#session.on('timeout', () => {
      if (this.#streams === 0) this.#session.close();
    });
  }

  /** Resolves when the server has said how much it takes at a time: what is sent before that may be refused. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#session.destroy(notConnected()), connectTimeoutMs);
      this.#session.once('error', reject).once('close', () => {
        clearTimeout(timer);
        reject(lost());
      });
      this.#session.once('remoteSettings', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /**
   * Sends a request, and resolves with the head of its answer. After one that got no answer in time, others go over
   * another connection.
   *
   * @param ended - called once, when the answer is over or given up; not where this rejects
   * @throws NotTaken
   */
  request(request: TransportRequest, ended: () => void): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      const { signal } = request;
      signal.throwIfAborted();
      const stream = this.#open(request);
      const abort = (): void => {
        if (isOutOfTime(signal.reason)) this.leave();
        stream.close(constants.NGHTTP2_CANCEL);
        stream.destroy(new Error('aborted'));
      };
      signal.addEventListener('abort', abort, { once: true });
      let answered = false;
      stream.once('response', ({ ':status': status = 0, ...headers }) => {
        answered = true;
        resolve({ status, headers, body: bodyOf(stream) });
      });
      stream.on('error', (error: Error) => reject(wasTaken(stream) ? error : new NotTaken(error)));
      stream.once('close', () => {
        this.#streams--;
        signal.removeEventListener('abort', abort);
        if (answered) ended();
        else reject(wasTaken(stream) ? lost() : new NotTaken(lost()));
      });
    });
  }

  /** Takes no more requests, and ends with those that are under way; at once where the server does not answer at all. */
  leave(): void {
    if (this.#left || this.#session.destroyed) return;
    this.#left = true;
    const timer = setTimeout(() => this.#session.destroy(lost()), pingTimeoutMs);
    const there = (): void => clearTimeout(timer);
    this.#session.once('close', there).ping(there);
    this.#session.close();
  }

  /** Ends it with all that is under way. */
  destroy(): void {
    this.#session.destroy();
  }

  #open({ method, path, headers, body }: TransportRequest): ClientHttp2Stream {
    if (this.#session.closed || this.#session.destroyed) throw new NotTaken(lost());
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const stream = this.#session.request(
      { ':method': method, ':path': path, ...headers, ...length },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    this.#streams++;
    return stream;
  }
}

/** Whether the server may have done something about it. */
function wasTaken({ id, rstCode }: ClientHttp2Stream): boolean {
  return id !== undefined && rstCode !== constants.NGHTTP2_REFUSED_STREAM;
}

/**
 * Not by the stream's own iterator: that fails where the whole of a short answer is there before it is read, and ends
 * as if nothing were amiss where an answer is cut off.
 */
async function* bodyOf(stream: ClientHttp2Stream): AsyncGenerator<Uint8Array, void> {
  let wake = (): void => undefined;
  for (const event of ['readable', 'end', 'close']) stream.on(event, () => wake());
  try {
    for (;;) {
      const chunk = stream.read() as Uint8Array | null;
      if (chunk !== null) yield chunk;
      else if (stream.readableEnded || stream.destroyed) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    if (stream.errored !== null) throw stream.errored;
    if (!stream.readableEnded || stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw lost();
  } finally {
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL);
  }
}
