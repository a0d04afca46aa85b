import { describe, expect, it, vi } from 'vitest';
import { readMicFlags } from './read-mic-flags.js';
import { crowd, crowdPod, crowdPods, crowdedWorld, patchesOfEach, restartPods } from './testing/crowd.js';
import type { MicWorld } from './testing/mic-world.js';

/** Thousands of pods, on a machine that may have much else to do. */
vi.setConfig({ testTimeout: 180_000 });

const minute = 60_000;
const graceMs = readMicFlags([], {}).values['unassign-grace-period'];
const updateMs = 40_000;

const assigned = (world: MicWorld): number =>
  world.cluster.states.filter((state) => state.endsWith(' Assigned')).length;

/** What was written where, as far as it counts. */
const effects = (world: MicWorld): readonly number[] => [
  world.patches.length,
  world.cluster.writes.length,
  world.status.writes.length,
  world.cluster.events.length,
];

/** 500 pods, each the only one on its scale set that has its identity, all of them assigned. */
async function settled(options: { readonly graceMs: number }): Promise<MicWorld> {
  const world = crowdedWorld(options).pods(...crowdPods(0, 500));
  await world.start().pass(5 * minute);
  expect(assigned(world)).toBe(500);
  return world;
}

describe('3,000 pods of 50 identities on 10 scale sets, all at once', () => {
  it('cost one PATCH a scale set and two writes an assignment, and are all Assigned 2 s after the update', async () => {
    const world = crowdedWorld({ graceMs }).start();
    world.compute.operationMs = updateMs;
    await world.pass(minute);
    await world.pods(...crowdPods(0, 3_000)).pass(updateMs + 2_000);
    expect(assigned(world)).toBe(3_000);
    expect([...patchesOfEach(world).values()]).toEqual(Array(crowd.scaleSets).fill(1));
    expect(world.cluster.writes).toHaveLength(2 * 3_000);
    await world.pass(10 * minute);
    expect([...patchesOfEach(world).values()]).toEqual(Array(crowd.scaleSets).fill(1));
    expect(world.cluster.writes).toHaveLength(2 * 3_000);
    // The conditions of the identities and bindings, once each.
    expect(world.status.writes).toHaveLength(2 * crowd.identities);
  });

  it('cost two PATCHes a scale set at most where they come within two seconds', async () => {
    const world = crowdedWorld({ graceMs }).start();
    world.compute.operationMs = updateMs;
    for (let from = 0; from < 3_000; from += 150) await world.pods(...crowdPods(from, from + 150)).pass(100);
    await world.pass(2 * (updateMs + 2_000));
    expect(assigned(world)).toBe(3_000);
    expect(Math.max(...patchesOfEach(world).values())).toBeLessThanOrEqual(2);
    expect(world.cluster.writes).toHaveLength(2 * 3_000);
  });
});

it('a further pod whose identity is there calls no Azure, and is Assigned within 100 ms', async () => {
  const world = await settled({ graceMs });
  const calls = world.compute.calls.length;
  await world.pods(crowdPod(500)).pass(100);
  expect(world.cluster.states).toContain('web-500-0-default-id0 Assigned');
  expect(world.compute.calls).toHaveLength(calls);
});

describe('a rolling restart of 500 pods, each the only one that has its identity there', () => {
  it('writes nothing to Azure with the default grace period', async () => {
    const world = await settled({ graceMs });
    const before = world.patches.length;
    await restartPods(world);
    await world.pass(graceMs + 10 * minute);
    expect(assigned(world)).toBe(500);
    expect(world.patches).toHaveLength(before);
  });

  it('takes identities off and attaches them again without one', async () => {
    const world = await settled({ graceMs: 0 });
    const before = world.patches.length;
    await restartPods(world);
    await world.pass(10 * minute);
    expect(assigned(world)).toBe(500);
    expect(world.patches.length).toBeGreaterThan(before + 2 * crowd.scaleSets);
  });
});

it('24 quiet hours of a crowded cluster cost no PATCH, no write and no event', async () => {
  const world = await settled({ graceMs });
  const before = effects(world);
  await world.pass(24 * 60 * minute);
  expect(effects(world)).toEqual(before);
});
