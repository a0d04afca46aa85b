import { percentile } from '../measure.js';
import { eventually } from '../../test/eventually.js';
import { podCount, podName } from './objects.js';
import type { ClusterWorld } from './world.js';

/** Pods that are replaced, and milliseconds between one and the next. */
export const rolledPods = 500;
const everyMs = 100;
/** The new pod is that many nodes further than the old one. */
const shift = 37;

/** Milliseconds from the creation of a new pod to its `Assigned`. */
export interface RolloutFigures {
  readonly median: number;
  readonly p99: number;
}

/** Replaces pods on other nodes, the new one first, as a Deployment does. Resolves when nothing is left to do for it. */
export async function rollOut(world: ClusterWorld): Promise<RolloutFigures> {
  const created = new Map<string, number>();
  const took: number[] = [];
  const stop = world.assigned.subscribe(({ pod, status, at }) => {
    const since = created.get(pod);
    if (status !== 'Assigned' || since === undefined) return;
    created.delete(pod);
    took.push(at - since);
  });
  const deletions: Promise<void>[] = [];
  const started = performance.now();
  for (let index = 0; index < rolledPods; index++) {
    const wait = started + index * everyMs - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    created.set(podName(podCount + index), performance.now());
    await world.createPod(podCount + index, shift);
    deletions.push(world.deletePod(index));
  }
  await Promise.all(deletions);
  await eventually('the new pods to be assigned', () => took.length >= rolledPods, { withinMs: 300_000 });
  const there = (): number => world.assigned.count('Assigned') + world.assigned.count('Created');
  await eventually('what the old pods had to be gone', () => there() <= podCount || undefined, {
    withinMs: 300_000,
  });
  stop();
  return { median: percentile(took, 0.5), p99: percentile(took, 0.99) };
}
