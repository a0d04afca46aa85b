import {
  crowd,
  crowdedWorld,
  crowdPods,
  restartPods,
} from '../../packages/azure-assigner/src/testing/crowd.js';
import type { MicWorld } from '../../packages/azure-assigner/src/testing/mic-world.js';

/** What MIC wrote. */
export interface WriteCounts {
  /** To ARM. */
  readonly patches: number;
  /** Of AzureAssignedIdentities. */
  readonly assignments: number;
  /** Of conditions of identities and bindings. */
  readonly conditions: number;
}

const minute = 60_000;
const defaultGraceMs = 2 * minute;

/** 500 pods are restarted, 25 at a time, each the only one on its scale set that has its identity. */
export async function countRollingRestart(): Promise<WriteCounts> {
  const world = await assigned(500);
  return counted(world, async () => {
    await restartPods(world);
    await world.pass(10 * minute);
  });
}

/** 24 hours in which nothing happens, on virtual time. */
export async function countQuietDay(): Promise<WriteCounts> {
  const world = await assigned(50 * crowd.scaleSets);
  return counted(world, () => world.pass(24 * 60 * minute));
}

async function assigned(pods: number): Promise<MicWorld> {
  const world = crowdedWorld({ graceMs: defaultGraceMs }).pods(...crowdPods(0, pods));
  return world.start().pass(5 * minute);
}

async function counted(world: MicWorld, work: () => Promise<unknown>): Promise<WriteCounts> {
  const count = (): WriteCounts => ({
    patches: world.patches.length,
    assignments: world.cluster.writes.length,
    conditions: world.status.writes.length,
  });
  const before = count();
  await work();
  const after = count();
  await world.kill();
  return {
    patches: after.patches - before.patches,
    assignments: after.assignments - before.assignments,
    conditions: after.conditions - before.conditions,
  };
}
