import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { grantedPod, upsert } from '../testing/cluster-objects.js';
import { startFakeImds, type FakeImds } from '../testing/fake-imds.js';
import { getRaw, sendRaw } from '../testing/raw-http.js';
import { serveNmi, type ServedNmi, type ServedNmiOptions } from '../testing/served-nmi.js';
import { until } from '../testing/until.js';

const greedy = '127.1.0.66';
const ip = '127.1.0.10';
const token = '/metadata/identity/oauth2/token?resource=https://vault.azure.net/';
const head = 'Host: 169.254.169.254\r\nMetadata: true\r\n';

let imds: FakeImds;
let nmi: ServedNmi;
const serve = async (options: Partial<ServedNmiOptions> = {}): Promise<void> => {
  nmi = await serveNmi({ imdsPort: imds.port, ...options });
  nmi.apply(...grantedPod(ip).all.map(upsert));
};
/** From now on IMDS answers requests for tokens only. @returns the answers that it owes */
const holdBackMetadata = (): ServerResponse[] => {
  const owed: ServerResponse[] = [];
  imds.answer = (request, response) => {
    if (request.target.includes('/oauth2/token'))
      response.end(JSON.stringify({ access_token: 't', expires_in: '3600' }));
    else owed.push(response);
  };
  return owed;
};

beforeEach(async () => {
  imds = await startFakeImds();
});
afterEach(async () => {
  await nmi[Symbol.asyncDispose]();
  await imds[Symbol.asyncDispose]();
});

describe('a caller that asks for too much', () => {
  it('has a bounded number of requests under way, pipelined or not, and others have theirs', async () => {
    await serve({ requestsPerAddress: 3 });
    const owed = holdBackMetadata();
    const instance = `GET /metadata/instance HTTP/1.1\r\n${head}\r\n`;
    const last = instance.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    const flood = sendRaw(instance.repeat(19) + last, { port: nmi.port, from: greedy });
    await until(() => nmi.records.length === 17);
    expect(nmi.records.map(({ reason }) => reason)).toEqual(Array(17).fill('too-many-requests'));
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
    await until(() => owed.length === 3);
    for (const response of owed) response.end('{}');
    const { all } = await flood;
    expect(all.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
    expect(all.match(/HTTP\/1\.1 429[^{]*?retry-after: 1\r\n/gi)).toHaveLength(17);
    expect((await getRaw('/metadata/unknown', { port: nmi.port, from: greedy })).status).toBe(404);
  });

  it('does not delay tokens by asking for other metadata', async () => {
    await serve();
    const owed = holdBackMetadata();
    const asked = Array.from({ length: 64 }, () =>
      getRaw('/metadata/instance', { port: nmi.port, from: greedy }),
    );
    // As many as IMDS is sent at once; the others queue.
    await until(() => owed.length === 32);
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
    expect(owed).toHaveLength(32);
    imds.answer = (_, response) => response.end('{}');
    for (const response of owed) response.end('{}');
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(64).fill(200));
  });

  it('is answered before the body that it sends, and cut off where it goes on sending', async () => {
    await serve();
    const socket = connect({ host: '127.0.0.1', port: nmi.port, localAddress: greedy });
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    const answered = once(socket, 'data') as Promise<[Buffer]>;
    socket.write(`POST ${token} HTTP/1.1\r\n${head}Content-Length: 1000000000\r\n\r\n${'x'.repeat(100_000)}`);
    const [answer] = await answered;
    expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 405 /);
    socket.resume();
    await closed;
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
  });

  it('cannot hold more connections than an address may', async () => {
    await serve();
    const sockets: Socket[] = [];
    for (let i = 0; i < 256; i++) {
      const socket = connect({ host: '127.0.0.1', port: nmi.port, localAddress: greedy });
      sockets.push(socket);
      await once(socket, 'connect');
    }
    const one = connect({ host: '127.0.0.1', port: nmi.port, localAddress: greedy });
    one.on('error', () => undefined);
    await once(one, 'close');
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
    sockets.pop()?.destroy();
    await until(() => nmi.records.length === 1);
    for (const deadline = Date.now() + 10_000; ;) {
      const status = await getRaw('/metadata/unknown', { port: nmi.port, from: greedy }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 404) break;
      expect(Date.now()).toBeLessThan(deadline);
    }
    for (const socket of sockets) socket.destroy();
  });
});
