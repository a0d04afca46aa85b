import { performance } from 'node:perf_hooks';

/** Milliseconds that a call takes. */
export function millisecondsOf(call: () => unknown): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

/**
 * Milliseconds of each of `times` calls, after `warmUp` that don't count. `prepare` makes the call of a turn: what it
 * does itself is not measured.
 */
export function sample(times: number, warmUp: number, prepare: (turn: number) => () => unknown): number[] {
  for (let turn = 0; turn < warmUp; turn++) prepare(turn)();
  return Array.from({ length: times }, (_, index) => millisecondsOf(prepare(warmUp + index)));
}

/** The value below which that part (0 to 1) of the samples lies. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** Bytes in use on the heap once everything that can go is gone. Needs `node --expose-gc`. */
export function heapInUse(): number {
  if (globalThis.gc === undefined) throw new Error('run with node --expose-gc, as "npm run bench" does');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** `12.3 ms`, `45.6 µs`: three significant figures. */
export function formatTime(milliseconds: number): string {
  if (milliseconds >= 1_000) return `${(milliseconds / 1_000).toPrecision(3)} s`;
  return milliseconds >= 1
    ? `${milliseconds.toPrecision(3)} ms`
    : `${(milliseconds * 1_000).toPrecision(3)} µs`;
}

/** `123 MB`. */
export function formatBytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}
