/**
 * Passing a request on to IMDS and its answer back: streamed, bounded, without what belongs to one connection only.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { ImdsClient, ImdsRequest, ImdsResponse } from '../imds/imds-client.js';
import { refuse, type Refusal } from '../request/refusal.js';

/** Largest request body that is passed on, in bytes; approvals of scheduled events are far smaller. */
const maxRequestBytes = 16 * 1_024;
/** Largest answer, in bytes; what goes beyond breaks off. */
const maxAnswerBytes = 4 * 1_048_576;

const hopByHop = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te'],
  ...['trailer', 'transfer-encoding', 'upgrade'],
]);
/** The only headers of a caller that IMDS gets to see. */
const passedOn = ['accept', 'content-type', 'user-agent', 'x-ms-client-request-id'];

/** Status and headers of an answer that is passed on. */
export interface PassedHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** Asks IMDS what the caller asked, at a path that was built by us. */
export async function forward(
  client: ImdsClient,
  incoming: IncomingMessage,
  method: 'GET' | 'POST',
  path: string,
  signal: AbortSignal,
): Promise<ImdsResponse | Refusal> {
  const headers: Record<string, string> = {};
  for (const name of passedOn) {
    const value = incoming.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const request: ImdsRequest = { method, path, headers };
  if (method === 'GET') return client.send(request, signal);
  const body = await readBody(incoming);
  return 'reason' in body ? body : client.send({ ...request, body }, signal);
}

/** The head of an answer of IMDS as one for the caller; what comes with it is sent by {@link passBack}. */
export function headOf(answer: ImdsResponse): PassedHead | Refusal {
  if (answer.status < 200 || answer.status > 599) {
    answer.body.destroy();
    return refuse('upstream-failed', 'IMDS answered with a status that is none.');
  }
  const named = String(answer.headers.connection ?? '').toLowerCase();
  const dropped = new Set([...hopByHop, ...named.split(',').map((name) => name.trim())]);
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !dropped.has(name)) headers[name] = value;
  }
  return { status: answer.status, headers };
}

/**
 * Sends the body of an answer as it comes. Where it breaks off or is too large, the caller's connection is cut, so that
 * half an answer cannot be taken for a whole one; a caller that hangs up ends the request to IMDS.
 */
export function passBack(body: IncomingMessage, outgoing: ServerResponse): void {
  pipeline(body, bounded, outgoing, () => undefined);
}

async function* bounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw new Error(`the answer is larger than ${maxAnswerBytes} bytes`);
    yield chunk;
  }
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array | Refusal> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // What is left of a body that is too large stays where it is: the answer goes out first, then the connection.
    const body = incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > maxRequestBytes)
        return refuse('body-too-large', `The body is larger than ${maxRequestBytes} bytes.`);
      chunks.push(chunk);
    }
  } catch {
    return refuse('malformed-request', 'The body broke off.');
  }
  return Buffer.concat(chunks);
}
