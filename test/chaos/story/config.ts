import type { Random } from '@aad-pod-identity/simulator';
import { computePlaces } from '../world/places.js';

/** What stays the same in one episode. Identities of Azure are named by number. */
export interface Config {
  readonly seed: number;
  readonly replicas: 1 | 2;
  readonly graceMs: number;
  readonly forceNamespaced: boolean;
  /** Never to be detached. */
  readonly immutable: readonly number[];
  /** The one that MIC itself signs in with. */
  readonly clusterIdentity: number | undefined;
  /** How long an operation takes, in milliseconds. */
  readonly durations: { readonly virtualMachine: number; readonly scaleSet: number };
  /** What each VM and scale set begins with. */
  readonly places: readonly { readonly systemAssigned: boolean; readonly identities: readonly number[] }[];
  /** How far the wall clocks of the replicas are off, in milliseconds. */
  readonly skewMs: readonly [number, number];
}

/** How many identities there are in Azure. */
export const azureIdentities = 8;

/** The configuration of an episode. */
export function configOf(seed: number, random: Random): Config {
  const chance = (share: number): boolean => random.next() < share;
  const one = <T>(values: readonly T[]): T => values[Math.floor(random.next() * values.length)] as T;
  const some = (share: number): number[] =>
    Array.from({ length: azureIdentities }, (_, number) => number).filter(() => chance(share));
  return {
    seed,
    replicas: chance(0.8) ? 2 : 1,
    graceMs: one([0, 0, 20_000, 120_000, 120_000]),
    forceNamespaced: chance(0.1),
    immutable: chance(0.4) ? some(0.2) : [],
    clusterIdentity: chance(0.4) ? Math.floor(random.next() * azureIdentities) : undefined,
    durations: {
      virtualMachine: one([0, 2_000, 15_000]),
      scaleSet: one([0, 5_000, 20_000, 50_000]),
    },
    places: computePlaces.map(() => ({
      systemAssigned: chance(0.5),
      identities: chance(0.5) ? some(0.25) : [],
    })),
    skewMs: chance(0.7) ? [0, 0] : [Math.round(random.next() * 60_000) - 30_000, 0],
  };
}
