/**
 * HTTP over a bare socket, so that a test decides every byte.
 *
 * @module
 */
import { connect } from 'node:net';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Everything that came on the connection. */
  readonly all: string;
}

/** How to send. */
export interface RawOptions {
  readonly port: number;
  /** The address to connect from. */
  readonly from?: string;
  /** Told the local port once connected, before anything is sent. */
  readonly onConnected?: (localPort: number) => void;
  readonly signal?: AbortSignal;
}

const deadlineMs = 15_000;

/** Sends bytes (one character a byte) and reads until the connection closes, or until one whole answer with a length came. */
export function sendRaw(bytes: string, options: RawOptions): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: options.port,
      ...(options.from === undefined ? {} : { localAddress: options.from }),
    });
    let all = '';
    const deadline = setTimeout(
      () => socket.destroy(new Error(`no answer within ${deadlineMs} ms; got ${all}`)),
      deadlineMs,
    );
    options.signal?.addEventListener('abort', () => socket.destroy(new Error('hung up')));
    socket.setEncoding('latin1');
    socket.on('connect', () => {
      options.onConnected?.(socket.localPort ?? 0);
      socket.write(bytes, 'latin1');
    });
    socket.on('data', (text: string) => {
      all += text;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(deadline);
      const [head = '', ...rest] = all.split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
      const chunked = /^transfer-encoding: chunked$/im.test(head);
      const body = rest.join('\r\n\r\n');
      resolve({ status, head, body: chunked ? unchunk(body) : body, all });
    });
  });
}

/** GET with the header that IMDS wants, over a connection of its own. */
export function getRaw(
  target: string,
  options: RawOptions,
  headers: readonly string[] = ['Metadata: true'],
): Promise<RawAnswer> {
  return sendRaw(
    ['GET ' + target + ' HTTP/1.1', 'Host: 169.254.169.254', ...headers, 'Connection: close', '', ''].join(
      '\r\n',
    ),
    options,
  );
}

function unchunk(body: string): string {
  let rest = body;
  let text = '';
  for (;;) {
    const size = parseInt(rest, 16);
    const start = rest.indexOf('\r\n') + 2;
    if (!(size > 0)) return text;
    text += rest.slice(start, start + size);
    rest = rest.slice(start + size + 2);
  }
}
