/**
 * Whether memory that is sampled over time grows.
 *
 * @module
 */

/** Resident memory at a time. */
export interface Sample {
  /** Minutes since the start. */
  readonly minutes: number;
  readonly mebibytes: number;
}

/** A straight line through samples, and where they lie. */
export interface Trend {
  /** By least squares, in MiB an hour. */
  readonly slopePerHour: number;
  /** Medians of the first and the last quarter, in MiB. */
  readonly first: number;
  readonly last: number;
  readonly highest: number;
}

/** The trend of at least four samples. */
export function trendOf(samples: readonly Sample[]): Trend {
  const count = samples.length;
  const meanX = samples.reduce((sum, { minutes }) => sum + minutes, 0) / count;
  const meanY = samples.reduce((sum, { mebibytes }) => sum + mebibytes, 0) / count;
  let above = 0;
  let below = 0;
  for (const { minutes, mebibytes } of samples) {
    above += (minutes - meanX) * (mebibytes - meanY);
    below += (minutes - meanX) ** 2;
  }
  const quarter = Math.ceil(count / 4);
  return {
    slopePerHour: (above / below) * 60,
    first: median(samples.slice(0, quarter)),
    last: median(samples.slice(-quarter)),
    highest: Math.max(...samples.map(({ mebibytes }) => mebibytes)),
  };
}

function median(samples: readonly Sample[]): number {
  const sorted = samples.map(({ mebibytes }) => mebibytes).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
