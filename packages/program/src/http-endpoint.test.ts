import { afterEach, describe, expect, it } from 'vitest';
import type { HttpEndpoint } from './http-endpoint.js';
import { Counter, createRegistry, serveMetrics } from './metrics.js';
import { serveProbes } from './probes.js';

const open: HttpEndpoint[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
});

async function get(endpoint: HttpEndpoint, path: string, method = 'GET') {
  const response = await fetch(`http://127.0.0.1:${endpoint.port}${path}`, { method });
  return { status: response.status, body: await response.text() };
}

describe('probes', () => {
  it('says Active or Not Active, always with 200', async () => {
    let active = false;
    const endpoint = await serveProbes({ active: () => active, waitingFor: () => [] }, '127.0.0.1', 0);
    open.push(endpoint);
    expect(await get(endpoint, '/healthz')).toEqual({ status: 200, body: 'Not Active' });
    active = true;
    expect(await get(endpoint, '/healthz')).toEqual({ status: 200, body: 'Active' });
  });

  it('is ready when nothing is waited for, else says what', async () => {
    let waiting = ['the pod watch has not synced'];
    const endpoint = await serveProbes({ active: () => true, waitingFor: () => waiting }, '127.0.0.1', 0);
    open.push(endpoint);
    expect(await get(endpoint, '/readyz')).toEqual({ status: 503, body: 'the pod watch has not synced\n' });
    waiting = [];
    expect((await get(endpoint, '/readyz')).status).toBe(200);
  });

  it('serves nothing else', async () => {
    const endpoint = await serveProbes({ active: () => true, waitingFor: () => [] }, '127.0.0.1', 0);
    open.push(endpoint);
    expect((await get(endpoint, '/metrics')).status).toBe(404);
    expect((await get(endpoint, '/constructor')).status).toBe(404);
    expect((await get(endpoint, '/healthz', 'POST')).status).toBe(405);
  });

  it('names the flag when its port is taken', async () => {
    const first = await serveProbes({ active: () => true, waitingFor: () => [] }, '127.0.0.1', 0);
    open.push(first);
    await expect(
      serveProbes({ active: () => true, waitingFor: () => [] }, '127.0.0.1', first.port),
    ).rejects.toThrow(
      `cannot serve probes on 127.0.0.1:${first.port}: another program listens there; choose another port with --http-probe-port`,
    );
  });
});

describe('metrics', () => {
  it('serves what is registered', async () => {
    const registry = createRegistry();
    new Counter({ name: 'aadpodidentity_mic_cycle_count', help: 'x', registers: [registry] }).inc(2);
    const endpoint = await serveMetrics(registry, '127.0.0.1', 0);
    open.push(endpoint);
    expect((await get(endpoint, '/metrics')).body).toContain('aadpodidentity_mic_cycle_count 2');
  });
});
