import { request } from 'node:https';
import { json } from 'node:stream/consumers';

/** A request with an answer in JSON. `body` goes out as JSON, `URLSearchParams` as a form. */
export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** PEM, of the certificate authority that signed the server's. */
  readonly ca: string;
  readonly token?: string;
  readonly body?: URLSearchParams | object;
}

/** Sends it. Rejects for any status from 300 on, with what the server says. */
export async function httpsJson(call: JsonRequest): Promise<Readonly<Record<string, unknown>>> {
  const form = call.body instanceof URLSearchParams;
  const { status, answer } = await new Promise<{ status: number; answer: unknown }>((resolve, reject) => {
    const outgoing = request(
      call.url,
      {
        method: call.method,
        ca: call.ca,
        agent: false,
        headers: {
          'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json',
          ...(call.token === undefined ? {} : { Authorization: `Bearer ${call.token}` }),
        },
      },
      (incoming) => {
        json(incoming).then((value) => {
          resolve({ status: incoming.statusCode ?? 0, answer: value });
        }, reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(
      call.body instanceof URLSearchParams ? call.body.toString() : call.body && JSON.stringify(call.body),
    );
  });
  if (status >= 300)
    throw new Error(`${call.method} ${call.url} answered ${status}: ${JSON.stringify(answer)}`);
  return answer as Readonly<Record<string, unknown>>;
}
