import { defaultWorld } from '@aad-pod-identity/simulator';
import { describe, expect, it, vi } from 'vitest';
import { documentedMetrics, scrapedMetrics } from '../../../test/documented-metrics.js';
import { SimulatedMic } from './testing/simulated-mic.js';

const within = { timeout: 20_000, interval: 50 };
const longLease = '--leader-election-duration=15s';

async function fetched(
  port: number,
  path: string,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: response.status, body: await response.text() };
}

describe('the ports of mic', () => {
  it('serve every metric that docs/mic.md names, of its type and with its labels, and no other', async () => {
    await using world = await SimulatedMic.start({ world: defaultWorld });
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    const mic = await world.mic(longLease);
    await vi.waitFor(() => expect(world.states).toEqual(['web-default-app Assigned']), within);
    const { status, body } = await fetched(mic.ports.metrics, '/metrics');
    expect(status).toBe(200);
    expect(Object.keys(documentedMetrics('mic.md')).length).toBeGreaterThan(12);
    expect(scrapedMetrics(body)).toEqual(documentedMetrics('mic.md'));
    for (const operation of ['vm_get', 'vm_update', 'vmss_get', 'vmss_update'])
      expect(body).toContain(
        `aadpodidentity_cloud_provider_operations_errors_count{operation_type="${operation}"} 0`,
      );
    expect(body).not.toContain('web');
    expect(await fetched(mic.ports.metrics, '/')).toMatchObject({ status: 404 });
  });

  it('serve the probes, and nothing else beside them', async () => {
    await using world = await SimulatedMic.start({ world: defaultWorld });
    const first = await world.mic(longLease);
    await vi.waitFor(
      async () => expect((await fetched(first.ports.probes, '/healthz')).body).toBe('Active'),
      within,
    );
    const second = await world.mic(longLease);
    await vi.waitFor(
      async () => expect((await fetched(second.ports.probes, '/readyz')).status).toBe(200),
      within,
    );
    expect(await fetched(second.ports.probes, '/healthz')).toEqual({ status: 200, body: 'Not Active' });
    for (const path of ['/', '/metrics', '/healthz/', '/debug/pprof', '/readyz/x'])
      expect((await fetched(first.ports.probes, path)).status).toBe(404);
    expect((await fetched(first.ports.probes, '/healthz', 'POST')).status).toBe(405);
    expect((await fetched(first.ports.probes, '/healthz?x=y')).body).toBe('Active');
  });

  it('say what is missing while the lease can neither be read nor written', async () => {
    await using world = await SimulatedMic.start({ world: defaultWorld });
    const action = { kind: 'status', status: 403 } as const;
    const fault = world.simulator.faults.add({ target: 'kubernetes', path: '/leases', action });
    const mic = await world.mic(longLease);
    await vi.waitFor(async () => {
      const { status, body } = await fetched(mic.ports.probes, '/readyz');
      expect(status).toBe(503);
      expect(body).toMatch(/^the lease cannot be read or written: /);
    }, within);
    expect(await fetched(mic.ports.probes, '/healthz')).toEqual({ status: 200, body: 'Not Active' });
    world.simulator.faults.remove(fault);
    await vi.waitFor(
      async () => expect((await fetched(mic.ports.probes, '/readyz')).status).toBe(200),
      within,
    );
  });
});
