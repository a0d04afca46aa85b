/**
 * Listeners with the faults that such a program usually has, so that a test can see whether the attacks find them.
 *
 * @module
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { attackers } from './attackers.js';

/**
 * `forwards-text`: what is not literally the token path goes to IMDS as it came. `joins-queries`: the identity of the
 * pod is added to the caller's own query. `forwards-headers`: the caller's headers go to IMDS.
 */
export type Fault = 'forwards-text' | 'joins-queries' | 'forwards-headers';

/** A listener with one fault. */
export async function startNaiveFront(
  fault: Fault,
  imdsPort: number,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((incoming, outgoing) => {
    try {
      answer(fault, incoming, outgoing, imdsPort);
    } catch {
      outgoing.writeHead(400).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse, imdsPort: number): void {
  const target = incoming.url ?? '';
  const query = target.split('?')[1] ?? '';
  const headers = fault === 'forwards-headers' ? incoming.headers : { Metadata: 'true' };
  const forward = (path: string): void => {
    const upstream = request({ host: '127.0.0.1', port: imdsPort, path, headers }, (answered) => {
      outgoing.writeHead(answered.statusCode ?? 502, { 'Content-Type': 'application/json' });
      answered.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    upstream.end();
  };
  if (/^\/metadata\/identity\/oauth2\/token\/?(\?|$)/i.test(target)) {
    const pod = attackers.granted.find(({ address }) => address === incoming.socket.remoteAddress);
    const [clientId] = pod?.clientIds ?? [];
    if (clientId === undefined) outgoing.writeHead(403).end();
    else
      forward(
        `/metadata/identity/oauth2/token?${fault === 'joins-queries' ? `${query}&` : 'resource=r&'}client_id=${clientId}`,
      );
  } else if (fault === 'forwards-text') {
    forward(target);
  } else if (/^\/metadata\/(instance|versions)(\?|$)/.test(target)) {
    forward(target.split('?', 1)[0] ?? '');
  } else {
    outgoing.writeHead(404).end();
  }
}
