import { request as sendHttp } from 'node:http';
import { request as sendHttps } from 'node:https';
import { connect } from 'node:net';
import type { Loose } from './loose.js';

export interface Received {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** The body as JSON; `undefined` where it is none. */
  readonly json: Loose;
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** PEM, for https. */
  readonly ca?: string;
}

/** One request on a connection of its own. The path goes out as it stands in `url`. */
export async function send(url: string, options: SendOptions = {}): Promise<Received> {
  const { method = 'GET', headers = {}, body, ca } = options;
  const start = url.startsWith('https:') ? sendHttps : sendHttp;
  return new Promise((resolve, reject) => {
    const outgoing = start(url, { method, headers, ca, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Writes raw bytes to a server and returns all that comes back until it closes: ask for `Connection: close`. */
export async function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'));
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (received += chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
