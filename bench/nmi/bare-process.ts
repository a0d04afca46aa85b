/**
 * The yardstick: `node:http` and nothing else, answering bytes that are known beforehand.
 *
 * @module
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveCalls } from './own-process.js';

/** The answer that it gives to every request. */
export interface BareAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const calls = {
  /** Begins to serve on a free port, and tells which. */
  serve: ({ status, headers, body }: BareAnswer): Promise<number> => {
    const server = createServer((_, response) => {
      response.writeHead(status, headers);
      response.end(body);
    });
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  },
};

/** What this process can be asked. */
export type BareCalls = typeof calls;

serveCalls(calls);
