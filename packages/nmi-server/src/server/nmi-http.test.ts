import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantedPod, upsert } from '../testing/cluster-objects.js';
import { startFakeImds, type FakeImds } from '../testing/fake-imds.js';
import { sendRaw } from '../testing/raw-http.js';
import { serveNmi } from '../testing/served-nmi.js';
import { vectorsOf } from '../../../../test/vectors/vectors.js';

interface Expected {
  readonly class: string | readonly string[];
  readonly status?: readonly number[];
  readonly imdsSaw?: string;
}
interface Vector {
  readonly name: string;
  readonly input: {
    readonly raw: string;
    readonly remoteAddress: string;
    readonly flags: { readonly blockInstanceMetadata?: boolean; readonly metadataHeaderRequired?: boolean };
  };
  readonly expected: Expected;
}
const cases = vectorsOf<Vector['input'], Vector['expected']>('nmi-http');

/** Peer addresses that server sockets report instead of the loopback address, by the client's port. */
const pretended = new Map<number, string>();
const pretend = (message: unknown): void => {
  const { socket } = message as { readonly socket: Socket };
  const address = socket.remoteAddress;
  Object.defineProperty(socket, 'remoteAddress', {
    get: () => pretended.get(socket.remotePort ?? 0) ?? address,
  });
};

describe('vectors of nmi-http', () => {
  let imds: FakeImds;
  beforeAll(async () => {
    imds = await startFakeImds();
    subscribe('net.server.socket', pretend);
  });
  afterAll(async () => {
    unsubscribe('net.server.socket', pretend);
    await imds[Symbol.asyncDispose]();
  });

  it.each(cases.map((vector) => [vector.name, vector] as const))('%s', async (_, { input, expected }) => {
    imds.seen.length = 0;
    pretended.clear();
    await using nmi = await serveNmi({ imdsPort: imds.port, rules: input.flags });
    nmi.apply(...grantedPod('10.244.1.7').all.map(upsert));
    const peer = /^\[?([^\]]*?)\]?:\d+$/.exec(input.remoteAddress)?.[1] ?? '';
    const answer = await sendRaw(input.raw, {
      port: nmi.port,
      onConnected: (port) => pretended.set(port, peer),
    });

    const tokenTargets = imds.seen.filter(({ target }) =>
      target.startsWith('/metadata/identity/oauth2/token?'),
    );
    const classes = [expected.class].flat();
    const seen = classOf(answer.status, answer.body, imds.seen.length, tokenTargets.length);
    expect(classes, `${answer.head}\n${answer.body}`).toContain(seen);
    expect(nmi.internalErrors).toEqual([]);
    if (seen === 'refused' && expected.status !== undefined) expect(expected.status).toContain(answer.status);
    if (seen === 'passthrough') {
      const [request] = imds.seen;
      expect(parsed(`${request?.method} ${request?.target}`)).toEqual(parsed(expected.imdsSaw ?? ''));
      const sentBody = input.raw.split('\r\n\r\n')[1] ?? '';
      expect(request?.body).toBe(sentBody);
    } else {
      // What IMDS saw was built by NMI: one question for the granted identity, or none.
      expect(
        imds.seen.map(({ target }) => new URL(target, 'http://x').searchParams.get('client_id')),
      ).toEqual(seen === 'refused' ? [] : ['c1c1c1c1-0000-0000-0000-000000000001']);
    }
    // A second answer on the connection must not be IMDS's either.
    expect(answer.all.split('access_token').length - 1).toBeLessThanOrEqual(1);
  });
});

function classOf(status: number, body: string, imdsSaw: number, tokensAsked: number): string {
  if (status >= 400) return imdsSaw === 0 ? 'refused' : 'refused, but IMDS was asked';
  const json = JSON.parse(body) as {
    token?: { access_token?: string };
    clientid?: string;
    access_token?: string;
  };
  if (imdsSaw === 1 && tokensAsked === 1) {
    if (json.token?.access_token !== undefined && json.clientid !== undefined) return 'host-token';
    if (json.access_token?.startsWith('token ') === true) return 'token';
  }
  return imdsSaw === 1 && tokensAsked === 0 ? 'passthrough' : 'unexpected';
}

function parsed(requestLine: string): unknown {
  const [method, target = ''] = requestLine.split(' ');
  const url = new URL(target, 'http://x');
  return { method, path: url.pathname, query: [...url.searchParams].sort() };
}
