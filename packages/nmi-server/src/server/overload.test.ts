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
const sockets = new Set<Socket>();
const open = (from: string): Socket => {
  const socket = connect({ host: '127.0.0.1', port: nmi.port, localAddress: from });
  socket.on('error', () => undefined);
  sockets.add(socket);
  return socket;
};
const closed = async (socket: Socket): Promise<void> => {
  socket.resume();
  await until(() => socket.closed);
};
/** Opens connections, one after the other, and waits until NMI has them or has cut them. */
const hold = async (count: number, from: string): Promise<Socket[]> => {
  const held: Socket[] = [];
  for (let i = 0; i < count; i++) {
    const before = nmi.connections() + nmi.cuts.length;
    const socket = open(from);
    held.push(socket.resume());
    await until(() => nmi.connections() + nmi.cuts.length > before);
  }
  return held;
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
  for (const socket of sockets) socket.destroy();
  sockets.clear();
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
    await serve({ limits: { connections: { perAddress: 8 } } });
    const held = await hold(8, greedy);
    const one = open(greedy);
    await closed(one);
    expect(nmi.cuts).toEqual([[greedy, 'address-full']]);
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
    held.pop()?.destroy();
    await until(() => nmi.connections() === 7);
    expect((await getRaw('/metadata/unknown', { port: nmi.port, from: greedy })).status).toBe(404);
  });

  it('is cut where it sends requests without reading the answers, and they cost nothing more', async () => {
    await serve({ limits: { connections: { pipelined: 4 } } });
    const socket = open(greedy);
    socket.write(`GET /metadata/unknown HTTP/1.1\r\n${head}\r\n`.repeat(500));
    await closed(socket);
    expect(nmi.cuts).toEqual([[greedy, 'pipelined']]);
    expect(nmi.records.length).toBeLessThanOrEqual(4);
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
  });

  it('loses all its connections by that, unread, and gets new ones only after a while', async () => {
    await serve({ limits: { connections: { pipelined: 4, barMs: 500 } } });
    const [silent, ...flooding] = [await hold(1, greedy), await hold(20, greedy)].flat();
    const request = `GET /metadata/unknown HTTP/1.1\r\n${head}\r\n`;
    for (const socket of flooding) socket.write(request.repeat(500));
    await until(() => [...flooding, silent].every((socket) => socket?.closed));
    expect(nmi.cuts.filter(([, reason]) => reason === 'pipelined')).toHaveLength(1);
    expect(nmi.cuts.filter(([, reason]) => reason === 'barred')).toHaveLength(20);
    expect(nmi.records.length).toBeLessThanOrEqual(4 * flooding.length);
    await closed(open(greedy));
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
    const reopened = async (): Promise<Socket> => {
      for (;;) {
        const socket = await hold(1, greedy);
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (socket[0]?.destroyed === false) return socket[0];
      }
    };
    const patient = (await reopened()).resume();
    for (let i = 0; i < 20; i++) {
      patient.write(request);
      await once(patient, 'data');
    }
    expect(nmi.cuts.filter(([, reason]) => reason === 'pipelined')).toHaveLength(1);
  });
});

describe('idle connections in all places', () => {
  it('give way to a pod that has fewer, the oldest of the address with most first', async () => {
    await serve({ limits: { connections: { perAddress: 16, inAll: 40 } } });
    const idle = [await hold(16, greedy), await hold(14, '127.1.0.67'), await hold(10, '127.1.0.68')];
    expect(nmi.connections()).toBe(40);
    for (let i = 0; i < 5; i++) expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
    expect(nmi.cuts).toEqual([[greedy, 'displaced']]);
    expect(idle.map((sockets) => sockets.filter(({ destroyed }) => !destroyed).length)).toEqual([15, 14, 10]);
    expect(idle[0]?.[0]?.destroyed).toBe(true);
  });

  it('do not take the place of a request that is being answered', async () => {
    await serve({ limits: { connections: { perAddress: 4, inAll: 8 } } });
    const owed = holdBackMetadata();
    const asked = Array.from({ length: 3 }, () => getRaw('/metadata/instance', { port: nmi.port, from: ip }));
    await until(() => owed.length === 3);
    // Many addresses, each with few, come for all places and more.
    for (let i = 0; i < 20; i++) await hold(1, `127.1.1.${i + 1}`);
    expect(nmi.connections()).toBe(8);
    for (const response of owed) response.end('{}');
    const statuses = await Promise.allSettled(asked);
    // Who has most gives up to have as few as anybody; one answer is due in any case.
    expect(statuses.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    expect(nmi.cuts.every(([address]) => address === ip || address.startsWith('127.1.1.'))).toBe(true);
  });
});

describe('a caller that takes for ever', () => {
  const short = { headerMs: 300, requestMs: 600, idleMs: 300 };
  /** Sends a byte now and then, until the connection is closed. @returns all that was answered */
  const dribble = async (socket: Socket, bytes: string): Promise<string> => {
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    let at = 0;
    const timer = setInterval(() => socket.write(bytes[at++ % bytes.length] ?? ''), 20);
    await closed(socket);
    clearInterval(timer);
    return answer;
  };

  it('with its headers is cut, and others are answered meanwhile', async () => {
    await serve({ limits: short });
    const slow = Array.from({ length: 20 }, () =>
      dribble(open(greedy), `GET ${token} HTTP/1.1\r\nX: ${'y'.repeat(9_999)}`),
    );
    await until(() => nmi.connections() === 20);
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await until(() => nmi.connections() === 0);
    expect(imds.seen).toHaveLength(1);
  });

  it('with its body is cut, and nothing of it goes on to IMDS', async () => {
    await serve({ limits: short });
    const socket = open(greedy);
    socket.write(
      `POST /metadata/scheduledevents?api-version=2020-07-01 HTTP/1.1\r\n${head}Content-Length: 9000\r\n\r\n`,
    );
    await dribble(socket, ' ');
    await until(() => nmi.connections() === 0 && nmi.underWay() === 0);
    expect(imds.seen).toEqual([]);
  });

  it('with its first byte, or with its next request, is cut', async () => {
    await serve({ limits: short });
    const [silent, idle] = [open(greedy), open(greedy)];
    silent.resume();
    idle.resume();
    idle.write(`GET /metadata/unknown HTTP/1.1\r\n${head}\r\n`);
    await Promise.all([closed(silent), closed(idle)]);
    expect(nmi.records.map(({ status }) => status).sort()).toEqual([404, 408]);
  });
});

describe('a flood', () => {
  it.each([
    ['of header bytes', 'X-Padding: ' + 'x'.repeat(64 * 1_024), [431]],
    ['of headers', 'a:\r\n'.repeat(200), [400]],
    // Beyond 2,000 Node itself drops those that follow or, newer ones, refuses the request.
    ['of more headers than Node reads', 'a:\r\n'.repeat(2_000) + 'X-Forwarded-For: 10.0.0.1', [400, 431]],
  ])('%s is refused, and costs the connection no more', async (_, headers, statuses) => {
    await serve();
    const answer = await getRaw(token, { port: nmi.port, from: ip }, ['Metadata: true', headers]);
    expect(statuses).toContain(answer.status);
    expect(imds.seen).toHaveLength(0);
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
  });

  it.each([
    ['GET', '/metadata/unknown', 404],
    ['GET', token, 200],
    ['POST', '/metadata/scheduledevents?api-version=2020-07-01', 400],
  ])('of body bytes behind %s %s is cut off once that is answered', async (method, target, status) => {
    await serve();
    const socket = open(ip);
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.write(`${method} ${target} HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    let sent = 0;
    const timer = setInterval(() => {
      if (socket.writableLength < 1_048_576) socket.write(chunk);
      sent += chunk.length;
    }, 1);
    await closed(socket);
    clearInterval(timer);
    if (answer !== '') expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(nmi.records.map((record) => record.status)).toEqual([status]);
    expect(imds.seen.every(({ body }) => body === '')).toBe(true);
    expect(sent).toBeGreaterThan(0);
    expect((await getRaw(token, { port: nmi.port, from: ip })).status).toBe(200);
  });

  it('of answers that nobody reads is held back, not held in memory', async () => {
    await serve();
    imds.answer = (_, response) => response.end('x'.repeat(3_000_000));
    const socket = open(greedy);
    socket.pause();
    socket.write(`GET /metadata/instance HTTP/1.1\r\n${head}\r\n`.repeat(8));
    await until(() => imds.seen.length === 8);
    const before = process.memoryUsage().arrayBuffers;
    expect((await getRaw('/metadata/unknown', { port: nmi.port, from: ip })).status).toBe(404);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 3_000_000);
    socket.destroy();
    await until(() => nmi.connections() === 0);
  });
});
