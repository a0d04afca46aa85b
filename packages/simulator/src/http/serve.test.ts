import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdjustableClock } from '../adjustable-clock.js';
import { Faults } from '../faults.js';
import { send } from '../testing/send.js';
import { listen, type Listener } from './listener.js';
import type { HttpService } from './message.js';
import { RequestLog } from './request-log.js';
import { serve } from './serve.js';

let faults: Faults;
let log: RequestLog;
let clock: AdjustableClock;
let listener: Listener;
let service: HttpService;

beforeEach(async () => {
  faults = new Faults();
  log = new RequestLog();
  clock = new AdjustableClock();
  service = (request) => ({
    status: 200,
    headers: { 'x-a': 'b' },
    body: { method: request.method, body: request.body },
  });
  const options = { target: 'arm' as const, faults, log, clock, latency: () => 0 };
  listener = await listen(
    { host: '127.0.0.1', port: 0 },
    serve({ ...options, service: (request) => service(request) }),
  );
});
afterEach(async () => {
  clock.stop();
  await listener.close();
});

describe('serve', () => {
  it('hands the whole request over and writes the answer', async () => {
    const answer = await send(`${listener.url}/x`, { method: 'POST', body: 'text' });
    expect(answer).toMatchObject({
      status: 200,
      json: { method: 'POST', body: 'text' },
      headers: { 'x-a': 'b' },
    });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('notes requests without what is secret in them', async () => {
    await send(`${listener.url}/x?y=1`, {
      headers: { authorization: 'Bearer t0ken', accept: 'a' },
      method: 'PATCH',
      body: '{}',
    });
    expect(log.list('arm')).toMatchObject([
      {
        method: 'PATCH',
        target: '/x?y=1',
        status: 200,
        body: '{}',
        headers: { accept: 'a', authorization: '(hidden)' },
      },
    ]);
    expect(JSON.stringify(log.list())).not.toContain('t0ken');
    expect(log.list('imds')).toEqual([]);
    log.clear();
    expect(log.list()).toEqual([]);
  });

  it('lets faults answer, in the shape of the service', async () => {
    faults.add({ target: 'arm', path: '/a', action: { kind: 'status', status: 429, retryAfterSeconds: 7 } });
    faults.add({
      target: 'arm',
      path: '/b',
      action: { kind: 'status', status: 500, body: 'plain', headers: { 'x-f': '1' } },
    });
    expect(await send(`${listener.url}/a`)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '7' },
      json: { error: { code: 'TooManyRequests' } },
    });
    expect(await send(`${listener.url}/b`)).toMatchObject({
      status: 500,
      text: 'plain',
      headers: { 'x-f': '1' },
    });
    expect(await send(`${listener.url}/c`)).toMatchObject({ status: 200 });
  });

  it('cuts the connection', async () => {
    faults.add({ target: 'arm', action: { kind: 'reset' }, times: 1 });
    await expect(send(listener.url)).rejects.toThrow();
    expect(log.list()).toMatchObject([{ status: 0 }]);
    expect((await send(listener.url)).status).toBe(200);
  });

  it('takes its time on the clock that it was given', async () => {
    faults.add({ target: 'arm', action: { kind: 'latency', ms: 3_600_000 } });
    const began = performance.now();
    const answer = send(listener.url);
    while (faults.list()[0]?.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(3_600_000);
    expect((await answer).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(60_000);
  });

  it('answers 500 when a service breaks, and 413 to a body without end', async () => {
    service = () => {
      throw new Error('broken');
    };
    expect((await send(listener.url)).status).toBe(500);
    expect((await send(listener.url, { method: 'POST', body: 'x'.repeat(1_100_000) })).status).toBe(413);
  });
});
