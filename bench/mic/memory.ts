import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually.js';
import type { Mic } from './mic.js';
import { World } from './world.js';

/** MIC's memory, in bytes of RSS. */
export interface MemoryFigures {
  readonly pods: number;
  /** The most while all pods came at once and none had an assignment. */
  readonly newPeak: number;
  /** When that was over for a while. */
  readonly newQuiet: number;
  /** The most, and what stays, of a MIC that starts with all of it there. */
  readonly restartPeak: number;
  readonly restartQuiet: number;
}

const quietMs = 15_000;

/** So many pods, each with one assignment; their identities are attached already. */
export async function measureMemory(pods: number): Promise<MemoryFigures> {
  await using world = await World.start({ armSeconds: 1, attached: true });
  await world.watch();
  const [newPeak, newQuiet] = await during(world, async () => {
    await world.createPods(0, pods);
    await eventually('all pods to be assigned', () => world.assigned.count('Assigned') >= pods || undefined, {
      everyMs: 250,
    });
  });
  const [restartPeak, restartQuiet] = await during(world, async () => undefined);
  return { pods, newPeak, newQuiet, restartPeak, restartQuiet };
}

async function during(world: World, work: () => Promise<void>): Promise<readonly [number, number]> {
  await using mic: Mic = await world.mic();
  await mic.working();
  await work();
  await delay(quietMs);
  const { peakRss, rss } = mic.cost();
  await mic.stop();
  return [peakRss, rss];
}
