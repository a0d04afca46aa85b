import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../measure.js';
import { podName } from './cluster-objects.js';
import { eventually } from '../../test/eventually.js';
import { World } from './world.js';

/** What one pod costs in a cluster of so many, where its identity is on its scale set already. */
export interface OnePodFigures {
  /** Pods that MIC knew, each with its assignment. */
  readonly known: number;
  /** Milliseconds from the pod's creation, on its node, until its assignment was seen to be `Assigned`. */
  readonly median: number;
  readonly p99: number;
  /** Milliseconds of processor time that MIC took for a pod. */
  readonly cpu: number;
  /** Requests to ARM for all these pods. */
  readonly armCalls: number;
}

/** The pods that are not measured yet: code is compiled, sockets are opened, each scale set is read once. */
const warmUp = 100;

/** One pod after the other. */
export async function measureOnePod(known: number, pods: number): Promise<OnePodFigures> {
  await using world = await World.start({ armSeconds: 5, attached: true });
  await world.createAssignedPods(0, known);
  await delay(2_000);
  await using mic = await world.mic();
  await mic.working();
  await world.watch();
  await inTurn(world, known, warmUp);
  // Its own start, and what the first look at each scale set brings, are over.
  await delay(15_000);
  await world.armCalls();
  const before = mic.cost().cpuSeconds;
  const times = await inTurn(world, known + warmUp, pods);
  const cpu = ((mic.cost().cpuSeconds - before) * 1_000) / pods;
  const armCalls = (await world.armCalls()).length;
  await mic.stop();
  return { known, median: percentile(times, 0.5), p99: percentile(times, 0.99), cpu, armCalls };
}

async function inTurn(world: World, from: number, pods: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = from; index < from + pods; index++) {
    let at: number | undefined;
    void world.assigned.next(podName(index), 'Assigned').then((seen) => (at = seen.at));
    const started = performance.now();
    await world.createPods(index, index + 1);
    times.push((await eventually(`pod ${index} to be assigned`, () => at, { everyMs: 5 })) - started);
  }
  return times;
}
