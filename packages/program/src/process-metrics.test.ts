import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createRegistry } from './metrics.js';

const namesIn = (registry: Registry): string[] =>
  registry
    .getMetricsAsArray()
    .map(({ name }) => name)
    .sort();

describe('the metrics of the process', () => {
  it('are those of prom-client, but for the one that has V8 tell of each collection', async () => {
    const stock = new Registry();
    collectDefaultMetrics({ register: stock });
    const left = namesIn(stock).filter((name) => name !== 'nodejs_gc_duration_seconds');
    expect(left.length).toBeGreaterThan(10);
    expect(namesIn(createRegistry())).toEqual(left);
    expect(await createRegistry().metrics()).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
  });
});
