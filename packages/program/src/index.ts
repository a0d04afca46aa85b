/**
 * What the programs `mic`, `nmi` and `demo` share: flags in Go's syntax, logs, metrics, probes, clean stop.
 *
 * @module
 */
export {
  booleanFlag,
  choiceFlag,
  durationFlag,
  integerFlag,
  portFlag,
  stringFlag,
  type Flag,
  type FlagOptions,
  type FlagValue,
} from './flag.js';
export {
  environmentName,
  parseFlags,
  type FlagTable,
  type FlagValues,
  type ParsedFlags,
} from './parse-flags.js';
export { daemonFlags, type DaemonFlags } from './daemon-flags.js';
export { usage } from './usage.js';
export { UsageError } from './usage-error.js';
export { readTextFile } from './read-text-file.js';
export { type LineForm } from './line-form.js';
export { createLogger, type Logger, type LoggerOptions } from './logger.js';
export { turnLines } from './turn-lines.js';
export { growWhenBusy } from './grow-when-busy.js';
export { compileLittle, growHeapSlowly, keepNewSpaceSmall } from './small-heap.js';
export { collectAtRest } from './collect-at-rest.js';
export { systemClock } from './system-clock.js';
export { serveProbes, type ProbeState } from './probes.js';
export { type HttpEndpoint } from './http-endpoint.js';
export {
  Counter,
  Gauge,
  Histogram,
  Registry,
  createRegistry,
  durationBuckets,
  metricPrefix,
  serveMetrics,
} from './metrics.js';
export { SeriesHistogram, type Series } from './series-histogram.js';
export { runProgram, type ProgramContext } from './run-program.js';
