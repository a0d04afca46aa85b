/**
 * An HTTP client that costs little: one request at a time on a connection that stays open, no stream, no parser. It
 * understands only answers with a length.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';

/** What is sent again and again. */
export interface SentRequest {
  /** The address that it comes from. */
  readonly from: string;
  /** Path and query. */
  readonly target: string;
  /** The status that must be answered; anything else ends the measurement. */
  readonly status: number;
}

/** The bytes of a request for metadata. */
export function requestBytes(target: string): Buffer {
  return Buffer.from(`GET ${target} HTTP/1.1\r\nHost: 169.254.169.254\r\nMetadata: true\r\n\r\n`, 'latin1');
}

const headEnd = Buffer.from('\r\n\r\n');
const lengthHeader = /\r\ncontent-length: (\d+)\r\n/i;

/** One connection. */
export class KeepAliveClient {
  readonly #socket: Socket;
  readonly #bytes: Buffer;
  readonly #status: string;
  /** Of the answer that is being read: what is still to come; 0 before its head is there. */
  #left = 0;
  #head = '';
  #done: () => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  private constructor(socket: Socket, request: SentRequest) {
    this.#socket = socket;
    this.#bytes = requestBytes(request.target);
    this.#status = `HTTP/1.1 ${request.status} `;
    socket.on('close', () => this.#failed(new Error('the connection was closed')));
    socket.on('error', (error) => this.#failed(error));
  }

  static async open(port: number, request: SentRequest): Promise<KeepAliveClient> {
    // Everything that comes is in one buffer, read before the next comes: nothing is allocated.
    const buffer = Buffer.allocUnsafe(64 * 1_024);
    let read: (length: number) => void = () => undefined;
    const socket = connect({
      host: '127.0.0.1',
      port,
      localAddress: request.from,
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          read(length);
          return true;
        },
      },
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const client = new KeepAliveClient(socket, request);
    read = (length) => client.#read(buffer, length);
    return client;
  }

  /** Sends the request; `done` is called when its answer is there in full, `failed` where it is not the right one. */
  send(done: () => void, failed: (error: Error) => void): void {
    this.#done = done;
    this.#failed = failed;
    this.#socket.write(this.#bytes);
  }

  close(): void {
    this.#failed = () => undefined;
    this.#socket.destroy();
  }

  #read(buffer: Buffer, length: number): void {
    if (this.#left > 0) {
      this.#left -= length;
    } else {
      const end = buffer.subarray(0, length).indexOf(headEnd);
      this.#head += buffer.toString('latin1', 0, end < 0 ? length : end + headEnd.length);
      if (end < 0) return;
      const body = Number(lengthHeader.exec(this.#head)?.[1]);
      if (!this.#head.startsWith(this.#status) || Number.isNaN(body)) {
        this.#failed(new Error(`not the answer that was expected: ${this.#head.slice(0, 200)}`));
        return;
      }
      this.#head = '';
      this.#left = body - (length - end - headEnd.length);
    }
    if (this.#left === 0) this.#done();
  }
}
