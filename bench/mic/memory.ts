import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../test/eventually.js';
import { World } from './world.js';

/** RSS of a MIC, in bytes. */
export interface Rss {
  readonly peak: number;
  /** When its work was over for a while. */
  readonly quiet: number;
}

/** MIC's memory. */
export interface MemoryFigures {
  /** All pods came at once and none had an assignment. */
  readonly fresh: Rss;
  /** It started with all of it there. */
  readonly restarted: Rss;
  /** The same, with the further pods. */
  readonly larger: Rss;
}

const quietMs = 30_000;

/** So many pods, each with one assignment, and then so many more; their identities are attached already. */
export async function measureMemory(pods: number, further: number): Promise<MemoryFigures> {
  await using world = await World.start({ armSeconds: 1, attached: true });
  await world.watch();
  const fresh = await during(world, async () => {
    await world.createPods(0, pods);
    await eventually('all pods to be assigned', () => world.assigned.count('Assigned') >= pods, {
      everyMs: 250,
      withinMs: 600_000,
    });
  });
  const restarted = await during(world);
  await world.createAssignedPods(pods, pods + further);
  return { fresh, restarted, larger: await during(world) };
}

async function during(world: World, work: () => Promise<void> = async () => undefined): Promise<Rss> {
  await using mic = await world.mic();
  await mic.working();
  await work();
  await delay(quietMs);
  const { peakRss, rss } = mic.cost();
  await mic.stop();
  return { peak: peakRss, quiet: rss };
}
