/**
 * An IMDS stand-in that is as lenient as a server can be, and remembers what it was asked.
 *
 * @module
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that reached the stand-in. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The running stand-in. */
export interface FakeImds extends AsyncDisposable {
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Replaces the answer; by default a token whose value names the client ID, resource and number of the request. */
  answer: ((request: SeenRequest, response: ServerResponse) => void) | undefined;
}

/** Starts it on 127.0.0.1. */
export async function startFakeImds(): Promise<FakeImds> {
  const seen: SeenRequest[] = [];
  const server = createServer(
    { insecureHTTPParser: true, requireHostHeader: false },
    (incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = '', url: target = '', headers } = incoming;
        const request = { method, target, headers, body: Buffer.concat(chunks).toString() };
        seen.push(request);
        if (fake.answer === undefined) answerWithToken(request, response, seen.length);
        else fake.answer(request, response);
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeImds = {
    port: (server.address() as AddressInfo).port,
    seen,
    answer: undefined,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}

function answerWithToken(request: SeenRequest, response: ServerResponse, count: number): void {
  const query = new URLSearchParams(request.target.split('?')[1] ?? '');
  const expiresOn = Math.floor(Date.now() / 1_000) + 86_400;
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(
    JSON.stringify({
      access_token: `token ${query.get('client_id')} ${query.get('resource')} ${count}`,
      refresh_token: '',
      expires_in: '86400',
      expires_on: String(expiresOn),
      not_before: String(expiresOn - 86_400),
      resource: 'not what was asked',
      token_type: 'Bearer',
      client_id: query.get('client_id'),
    }),
  );
}
