/**
 * An IMDS on bare sockets that helps every disguise: whatever it can take for a token request, it answers with a token
 * that names the identities asked for. What could be framed in two ways is remembered as a fault of its own.
 *
 * @module
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { identitiesNamedIn, readsAsToken } from './generous-reading.js';

/** A token request, as the stand-in understood it. */
export interface SeenTokenRequest {
  readonly head: string;
  /** `client_id=…` and the like. */
  readonly identities: readonly string[];
}

/** The running stand-in. */
export interface GenerousImds extends AsyncDisposable {
  readonly port: number;
  /** Requests of any kind that arrived. */
  arrived: number;
  readonly tokenRequests: SeenTokenRequest[];
  /** Messages whose end or lines two servers could see differently. */
  readonly ambiguous: string[];
}

/** Begins every token, so that one can be found in whatever bytes a pod got. */
export const tokenMark = 'fuzz-token[';
/** Headers by which some servers let a caller name another path. */
const pathHeaders = ['x-original-url', 'x-rewrite-url', 'x-http-url-override', 'destination'];

/** Starts it on 127.0.0.1. */
export async function startGenerousImds(): Promise<GenerousImds> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding('latin1');
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    let pending = '';
    socket.on('data', (text: string) => {
      pending += text;
      for (let length; (length = lengthOfMessage(pending)) !== undefined; pending = pending.slice(length)) {
        socket.write(answer(pending.slice(0, length), imds), 'latin1');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const imds: GenerousImds = {
    port: (server.address() as AddressInfo).port,
    arrived: 0,
    tokenRequests: [],
    ambiguous: [],
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return imds;
}

/** Length of the first message, by the only framing that a message of NMI may have; undefined where it is not whole. */
function lengthOfMessage(bytes: string): number | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const declared = /\r\ncontent-length:[ \t]*(\d+)/i.exec(bytes.slice(0, end))?.[1];
  const length = end + 4 + Number(declared ?? 0);
  return bytes.length < length ? undefined : length;
}

function answer(message: string, imds: GenerousImds): string {
  imds.arrived++;
  const end = message.indexOf('\r\n\r\n');
  const head = message.slice(0, end);
  if (isAmbiguous(head)) imds.ambiguous.push(message);
  const identities = new Set<string>();
  let token = false;
  // A lenient server also takes a bare CR or LF for the end of a line.
  const [requestLine = '', ...fields] = head.split(/\r\n|\r|\n/);
  const [, ...rest] = requestLine.split(' ');
  const target = rest.join(' ').replace(/ HTTP\/1\.1$/, '');
  const targets = [target];
  for (const field of fields) {
    const colon = field.indexOf(':');
    if (pathHeaders.includes(field.slice(0, colon).trim().toLowerCase()))
      targets.push(field.slice(colon + 1).trim());
  }
  for (const candidate of targets) {
    if (!readsAsToken(candidate)) continue;
    token = true;
    for (const identity of identitiesNamedIn(candidate)) identities.add(identity);
  }
  if (token) imds.tokenRequests.push({ head, identities: [...identities] });
  const body = token
    ? JSON.stringify({ access_token: `${tokenMark}${[...identities].join(' ')}]`, expires_in: '86400' })
    : '{"metadata":true}';
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Whether framing, host or lines of a request leave room for a second opinion. */
function isAmbiguous(head: string): boolean {
  const lines = head.split('\r\n');
  const fields = lines.slice(1).map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
  const count = (name: string): number => fields.filter((field) => field === name).length;
  return (
    lines.some((line) => /[\r\n\0]/.test(line)) ||
    !/^(GET|POST) \/[!-~]* HTTP\/1\.1$/.test(lines[0] ?? '') ||
    fields.some((field) => !/^[a-z0-9-]+$/.test(field)) ||
    count('transfer-encoding') > 0 ||
    count('content-length') > 1 ||
    count('host') !== 1 ||
    count('metadata') !== 1 ||
    count('x-forwarded-for') > 0
  );
}
