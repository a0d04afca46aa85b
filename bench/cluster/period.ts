import { requestsBetween, type RequestCounts } from './audit-log.js';
import { ReceivedBytes } from './received-bytes.js';
import type { ClusterWorld, Program } from './world.js';

/** What a program did in a period. */
export interface ProgramFigures {
  readonly name: string;
  /** Bytes of RSS: the most so far, and at the end of the period. */
  readonly peakRss: number;
  readonly rss: number;
  /** The part of a core that it kept busy. */
  readonly cpu: number;
  /** Bytes a minute from the API server, TLS and all. */
  readonly received: number;
  /** Requests a minute, by what was done to which resource. */
  readonly requests: ReadonlyMap<string, number>;
}

/** Measures programs while `work` is done. */
export async function measurePeriod(
  world: ClusterWorld,
  programs: readonly Program[],
  work: () => Promise<void>,
): Promise<readonly ProgramFigures[]> {
  const { port } = new URL(world.controlPlane.url);
  const counter = await ReceivedBytes.start(port);
  const cpuBefore = programs.map(({ process }) => process.cost().cpuSeconds);
  const from = Date.now();
  await work();
  const to = Date.now();
  const costs = programs.map(({ process }) => process.cost());
  const bytes = await counter.stop();
  // The log is written a moment after the answer.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const counts: RequestCounts = await requestsBetween(world.folder, from, to);
  const minutes = (to - from) / 60_000;
  return programs.map(({ name, process: { pid } }, index) => {
    const cost = costs[index];
    const { rss = 0, peakRss = 0, cpuSeconds = 0 } = cost ?? {};
    return {
      name,
      rss,
      peakRss,
      cpu: (cpuSeconds - (cpuBefore[index] ?? 0)) / (minutes * 60),
      received: (bytes.get(pid) ?? 0) / minutes,
      requests: new Map([...(counts.get(name) ?? [])].map(([what, count]) => [what, count / minutes])),
    };
  });
}
