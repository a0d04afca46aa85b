import { Histogram } from 'prom-client';

/** Takes the observations of one combination of labels. */
export interface Series {
  observe(value: number): void;
}

interface Counted<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  /** Of each bucket alone; the last is what is above all bounds. */
  readonly counts: number[];
  sum: number;
}

/**
 * A histogram that is observed often: its labels are looked up once, after which an observation costs an addition. The
 * histogram of prom-client checks the labels and puts their text together at each one.
 */
export class SeriesHistogram<Label extends string> extends Histogram<Label> {
  readonly #config: { readonly name: string; readonly help: string; readonly buckets: readonly number[] };
  readonly #series: Counted<Label>[] = [];

  constructor(config: {
    readonly name: string;
    readonly help: string;
    readonly labelNames: readonly Label[];
    /** Upper bounds, ascending. */
    readonly buckets: readonly number[];
  }) {
    super({ ...config, buckets: [...config.buckets], registers: [] });
    this.#config = config;
  }

  /** The series of a combination of labels; to be asked once for each. */
  series(labels: Readonly<Record<Label, string>>): Series {
    const { buckets } = this.#config;
    const counted: Counted<Label> = { labels, counts: Array<number>(buckets.length + 1).fill(0), sum: 0 };
    this.#series.push(counted);
    return {
      observe: (value) => {
        let bucket = 0;
        while (bucket < buckets.length && value > (buckets[bucket] ?? Infinity)) bucket++;
        counted.counts[bucket] = (counted.counts[bucket] ?? 0) + 1;
        counted.sum += value;
      },
    };
  }

  /** What the registry asks for, and what `get` is made from. */
  getForPromString(): Promise<object> {
    const { name, help } = this.#config;
    const values = this.#series.flatMap((series) => this.#valuesOf(series));
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values });
  }

  #valuesOf({ labels, counts, sum }: Counted<Label>): object[] {
    const { name, buckets } = this.#config;
    let count = 0;
    const value = (suffix: string, value: number, own = {}): object => ({
      metricName: `${name}_${suffix}`,
      sharedLabels: labels,
      labels: own,
      value,
    });
    const inBuckets = counts.map((inBucket, index) => {
      count += inBucket;
      return value('bucket', count, { le: buckets[index] ?? '+Inf' });
    });
    return [...inBuckets, value('sum', sum), value('count', count)];
  }
}
