import type { ArmCall } from './admin.js';
import { SCALE_SETS } from './cluster-objects.js';
import { eventually } from '../../test/eventually.js';
import { World } from './world.js';

/** What a burst of pods cost. */
export interface BurstFigures {
  readonly pods: number;
  /** PATCHes of the scale set that had most. */
  readonly mostPatches: number;
  /** Writes of AzureAssignedIdentities. */
  readonly writes: number;
  /** Event objects that told of it. */
  readonly events: number;
  /** Milliseconds from the last pod to the last `Assigned`, less what ARM took for as many updates in turn. */
  readonly beyondArm: number;
  /** Milliseconds from the first `Assigned` to the last. */
  readonly assigning: number;
  /** Seconds of processor time that MIC took, from the first pod on. */
  readonly cpu: number;
  /** The same from the first `Assigned` on. */
  readonly cpuAssigning: number;
  /** The same of the simulator, which stands for the API server and ARM, from the first pod on. */
  readonly cpuSimulator: number;
}

/** How long the simulated ARM takes for an update of a scale set. */
export const armSeconds = 5;

/** All pods at once, and nothing attached before. */
export async function measureBurst(pods: number): Promise<BurstFigures> {
  await using world = await World.start({ armSeconds, attached: false });
  await using mic = await world.mic();
  await mic.working();
  await world.watch();
  await world.armCalls();
  const before = mic.cost().cpuSeconds;
  const simulatorBefore = world.simulatorCost().cpuSeconds;
  let atFirst = before;
  const assignedAt: number[] = [];
  world.assigned.subscribe(({ status, at }) => {
    if (status !== 'Assigned') return;
    if (assignedAt.length === 0) atFirst = mic.cost().cpuSeconds;
    assignedAt.push(at);
  });
  await world.createPods(0, pods);
  const lastPod = performance.now();
  await eventually('all pods to be assigned', () => assignedAt.length >= pods, {
    everyMs: 50,
    withinMs: 600_000,
  });
  const after = mic.cost().cpuSeconds;
  const cpuSimulator = world.simulatorCost().cpuSeconds - simulatorBefore;
  const patches = patchesByScaleSet(await world.armCalls());
  if (patches.size !== SCALE_SETS) throw new Error(`${patches.size} scale sets had a PATCH`);
  const mostPatches = Math.max(...patches.values());
  const [first = 0, last = 0] = [assignedAt[0], assignedAt.at(-1)];
  return {
    pods,
    mostPatches,
    writes: await mic.writes(),
    events: await world.countEvents(),
    beyondArm: last - lastPod - mostPatches * armSeconds * 1_000,
    assigning: last - first,
    cpu: after - before,
    cpuAssigning: after - atFirst,
    cpuSimulator,
  };
}

function patchesByScaleSet(calls: readonly ArmCall[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { method, target } of calls) {
    const name = /virtualMachineScaleSets\/([^/?]+)/i.exec(target)?.[1];
    if (method === 'PATCH' && name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
