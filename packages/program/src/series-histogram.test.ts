import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { SeriesHistogram } from './series-histogram.js';

describe('SeriesHistogram', () => {
  it('is served as the histogram of prom-client is', async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const config = { name: 'h', help: 'Help.', labelNames: ['a', 'b'], buckets: [0.001, 0.5, 10] } as const;
    const histogram = new SeriesHistogram(config);
    ours.registerMetric(histogram);
    const other = new Histogram({
      ...config,
      labelNames: [...config.labelNames],
      buckets: [...config.buckets],
      registers: [theirs],
    });
    for (const labels of [
      { a: '1', b: 'x"y' },
      { a: '2', b: '' },
    ]) {
      const series = histogram.series(labels);
      for (const value of [0, 0.001, 0.002, 0.5, 3, 10, 11]) {
        series.observe(value);
        other.observe(labels, value);
      }
    }
    const lines = async (registry: Registry): Promise<string[]> =>
      (await registry.metrics()).split('\n').sort();
    expect(await lines(ours)).toEqual(await lines(theirs));
    expect((await histogram.get()).values).toHaveLength((await other.get()).values.length);
  });
});
