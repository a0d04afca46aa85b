import type { Pod } from '@aad-pod-identity/core';
import { MicWorld, type MicWorldOptions } from './mic-world.js';
import { binding, identity, instanceNode, pod } from './objects.js';

/** The crowded cluster that MIC's figures are about (docs/performance.md). */
export const crowd = { scaleSets: 10, nodesPerScaleSet: 10, identities: 50 } as const;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A crowded cluster without pods: every identity has a binding, and nothing is attached. */
export function crowdedWorld(options: MicWorldOptions = {}): MicWorld {
  const nodes = numbers(crowd.scaleSets).flatMap((set) =>
    numbers(crowd.nodesPerScaleSet).map((instance) => instanceNode(`ss${set}`, instance)),
  );
  const identities = numbers(crowd.identities);
  return new MicWorld(options)
    .nodes(...nodes)
    .identities(...identities.map((n) => identity(`id${n}`)))
    .bindings(...identities.map((n) => binding(`b${n}`, `id${n}`, `app${n}`)));
}

/**
 * A pod of a crowded cluster. 500 in a row are one for each identity on each scale set.
 *
 * @param generation - how often it was restarted: then it has another name, and another node of the same scale set
 */
export function crowdPod(number: number, generation = 0): Pod {
  const { scaleSets, nodesPerScaleSet, identities } = crowd;
  const round = Math.floor(number / scaleSets);
  const node = `ss${number % scaleSets}-${(round + generation) % nodesPerScaleSet}`;
  return pod(`web-${number}-${generation}`, `app${round % identities}`, node);
}

/** Such pods, from one number to before another. */
export const crowdPods = (from: number, to: number): Pod[] =>
  numbers(to - from).map((index) => crowdPod(from + index));

/** How many PATCHes each scale set had, by its name. */
export function patchesOfEach(world: MicWorld): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const call of world.patches) {
    const name = call.split(' ')[1] ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/**
 * Restarts pods 0 to 500, each the only one on its scale set that has its identity: 25 at a time are gone for ten
 * seconds.
 */
export async function restartPods(world: MicWorld): Promise<void> {
  for (let from = 0; from < 500; from += 25) {
    const batch = numbers(25).map((index) => from + index);
    for (const number of batch) world.take('Pod', `web-${number}-0`);
    await world.pass(10_000);
    await world.pods(...batch.map((number) => crowdPod(number, 1))).pass(5_000);
  }
}
