import { podName } from './cluster-objects.js';
import { World } from './world.js';

/** What a start costs where there are assignments already. */
export interface RestartFigures {
  readonly assignments: number;
  /** Milliseconds from the start of the program until the lists were in, and it had the lease. */
  readonly lists: number;
  /** Milliseconds from then until a pod that came meanwhile was `Assigned`. */
  readonly firstAssigned: number;
}

/** A pod comes while MIC is away; its identity is on its scale set. */
export async function measureRestart(assignments: number): Promise<RestartFigures> {
  await using world = await World.start({ armSeconds: 5, attached: true });
  await world.createAssignedPods(0, assignments);
  await world.createPods(assignments, assignments + 1);
  await world.watch();
  const assigned = world.assigned.next(podName(assignments), 'Assigned');
  const started = performance.now();
  await using mic = await world.mic();
  const working = await mic.working();
  const { at } = await assigned;
  await mic.stop();
  return { assignments, lists: working - started, firstAssigned: at - working };
}
