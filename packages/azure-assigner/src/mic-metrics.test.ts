import { Registry } from '@aad-pod-identity/program';
import { describe, expect, it } from 'vitest';
import { MicMetrics } from './mic-metrics.js';
import { vm } from './testing/objects.js';

/** Metrics that MIC has in the original, with their labels. Dashboards name them. */
const ofTheOriginal = [
  'assigned_identity_addition_count',
  'assigned_identity_addition_duration_seconds',
  'assigned_identity_deletion_count',
  'assigned_identity_deletion_duration_seconds',
  'assigned_identity_update_count',
  'assigned_identity_update_duration_seconds',
  'cloud_provider_operations_duration_seconds{operation_type}',
  'cloud_provider_operations_errors_count{operation_type}',
  'kubernetes_api_operations_errors_count{operation_type}',
  'mic_cycle_count',
  'mic_cycle_duration_seconds',
  'mic_new_leader_election_count',
];

async function shown(registry: Registry): Promise<string[]> {
  const metrics = (await registry.getMetricsAsJSON()) as unknown as readonly Shown[];
  return metrics.map(({ name, values }) => {
    const labels = Object.keys(values.at(-1)?.labels ?? {}).filter((label) => label !== 'le');
    const short = name.replace(/^aadpodidentity_/, '');
    return labels.length === 0 ? short : `${short}{${labels.join()}}`;
  });
}

interface Shown {
  readonly name: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, unknown>> }[];
}

describe('the metrics of mic', () => {
  it('are the original’s by their names and labels, and further ones', async () => {
    const registry = new Registry();
    const metrics = new MicMetrics(registry, () => 7);
    metrics.called({ operation: 'vmss_update', resource: vm('v'), seconds: 1, outcome: 'poison' });
    metrics.writeFailed('assigned_identity_update');
    metrics.depth({ ready: 1, waiting: 2, running: 3 });
    metrics.quarantined('a', 2);
    const names = await shown(registry);
    expect(names.filter((name) => ofTheOriginal.includes(name)).sort()).toEqual(ofTheOriginal);
    expect(names).toEqual(
      expect.arrayContaining([
        'cloud_provider_operations_count{operation_type,outcome}',
        'mic_queue_depth{state}',
        'mic_quarantined_identities',
        'mic_watch_age_seconds',
      ]),
    );
    const text = await registry.metrics();
    expect(text).toContain(
      'aadpodidentity_cloud_provider_operations_errors_count{operation_type="vmss_update"} 1',
    );
    expect(text).toContain('aadpodidentity_cloud_provider_operations_duration_seconds_bucket{le="0.001"');
    expect(text).toContain('aadpodidentity_mic_watch_age_seconds 7');
  });

  it('count identities in quarantine over all resources, and none once the work of the term is over', async () => {
    const registry = new Registry();
    const metrics = new MicMetrics(registry, () => 0);
    const count = async (): Promise<string | undefined> =>
      /^aadpodidentity_mic_quarantined_identities (\d+)$/m.exec(await registry.metrics())?.[1];
    metrics.quarantined('a', 2);
    metrics.quarantined('b', 1);
    expect(await count()).toBe('3');
    metrics.quarantined('a', 0);
    expect(await count()).toBe('1');
    metrics.ended();
    expect(await count()).toBe('0');
    metrics.quarantined('a', 1);
    expect(await count()).toBe('1');
  });
});
