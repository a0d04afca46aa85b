/**
 * A MIC that has had time to do whatever it would do.
 *
 * @module
 */
import { expect, vi } from 'vitest';
import { SimulatedMic } from '../../packages/azure-assigner/src/testing/simulated-mic.js';
import { originalWorld } from './original-cluster.js';

/**
 * Everything is looked at once a second, so that a write which comes again each time shows. The lease bears a machine that
 * is busy with other tests.
 */
export const often = [
  '--identity-assignment-reconcile-interval=1s',
  '--syncRetryDuration=1s',
  '--leader-election-duration=15s',
  '-v=5',
  '--log-format=json',
];

/** A simulator without objects yet, with the shipped definitions or others. */
export async function cluster(customResourceDefinitions?: readonly object[]): Promise<SimulatedMic> {
  return SimulatedMic.start({
    world: originalWorld,
    latencies: { virtualMachineUpdate: 50, scaleSetUpdate: 50 },
    ...(customResourceDefinitions === undefined ? {} : { customResourceDefinitions }),
  });
}

/** How often the work on a resource, or on what is on none, has ended. */
function runs(log: string, resource: string): number {
  return log.split('\n').filter((line) => line.includes('"run ended"') && line.includes(`${resource}"`))
    .length;
}

/** Waits until each of the resources has been worked on three times. */
export async function workedOn(log: () => string, ...resources: string[]): Promise<void> {
  const rare = (): string[] => resources.filter((resource) => runs(log(), resource) < 3);
  await vi.waitFor(() => expect(rare(), log()).toEqual([]), { timeout: 30_000, interval: 20 });
}
