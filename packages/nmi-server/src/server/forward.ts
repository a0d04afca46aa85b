/**
 * Passing a request on to IMDS and its answer back: streamed, bounded, without what belongs to one connection only.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { ImdsClient, ImdsRequest, ImdsResponse } from '../imds/imds-client.js';
import { refuse, type Refusal } from '../request/refusal.js';

/** Largest request body that is passed on, in bytes; approvals of scheduled events are far smaller. */
const maxRequestBytes = 64 * 1_024;
/** Largest answer, in bytes; what goes beyond breaks off. */
const maxAnswerBytes = 4 * 1_048_576;

const hopByHop = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te'],
  ...['trailer', 'transfer-encoding', 'upgrade'],
]);
/** The only headers of a caller that IMDS gets to see. */
const passedOn = ['accept', 'content-type', 'user-agent', 'x-ms-client-request-id'];

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

/**
 * An answer of IMDS as one for the caller.
 *
 * @param breakOff - ends the caller's connection at once, so that half an answer cannot be taken for a whole one
 */
export function passedBack(answer: ImdsResponse, breakOff: () => void): Response | Refusal {
  if (answer.status < 200 || answer.status > 599) {
    answer.body.destroy();
    return refuse('upstream-failed', 'IMDS answered with a status that is none.');
  }
  const named = String(answer.headers.connection ?? '').toLowerCase();
  const dropped = new Set([...hopByHop, ...named.split(',').map((name) => name.trim())]);
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || dropped.has(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.push([name, one]);
  }
  if (answer.status === 204 || answer.status === 304) {
    answer.body.resume();
    return new Response(null, { status: answer.status, headers });
  }
  return new Response(boundedStream(answer.body, breakOff), { status: answer.status, headers });
}

function boundedStream(body: IncomingMessage, breakOff: () => void): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Buffer, undefined> = (body as AsyncIterable<Buffer, undefined>)[
    Symbol.asyncIterator
  ]();
  let size = 0;
  const nextChunk = async (): Promise<Buffer | undefined> => {
    try {
      const { done, value } = await chunks.next();
      if (done === true) return undefined;
      size += value.length;
      if (size <= maxAnswerBytes) return value;
    } catch {
      // IMDS broke off, or took too long.
    }
    body.destroy();
    breakOff();
    return undefined;
  };
  return new ReadableStream({
    pull: async (controller) => {
      const chunk = await nextChunk();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: () => void body.destroy(),
  });
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array | Refusal> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
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
