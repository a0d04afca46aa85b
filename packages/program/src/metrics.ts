import { Registry } from 'prom-client';
import { serveEndpoint, type HttpEndpoint } from './http-endpoint.js';
import { collectProcessMetrics } from './process-metrics.js';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What every metric of ours begins with. */
export const metricPrefix = 'aadpodidentity_';

/** Histogram buckets in seconds, from one millisecond to five minutes. */
export const durationBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
];

/** A registry with the metrics of the process itself in it. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectProcessMetrics(registry);
  return registry;
}

/** Serves the registry as `/metrics`. */
export function serveMetrics(registry: Registry, host: string, port: number): Promise<HttpEndpoint> {
  return serveEndpoint({
    name: 'metrics',
    host,
    port,
    routes: {
      '/metrics': async () => ({
        status: 200,
        body: await registry.metrics(),
        contentType: registry.contentType,
      }),
    },
  });
}
