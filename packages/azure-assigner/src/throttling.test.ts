import type { ComputeResource } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import type { ComputeFailure } from './compute.js';
import { MicWorld } from './testing/mic-world.js';
import { binding, identity, node, pod, providerIdOf, vm } from './testing/objects.js';

const minute = 60_000;
const other: ComputeResource = { ...vm('free'), subscriptionId: '99999999-0000-0000-0000-000000000000' };

/** `count` VMs in one subscription, and one in another, with a pod each, all for one identity. */
function machines(count: number): MicWorld {
  const world = new MicWorld().identities(identity('id1')).bindings(binding('b1', 'id1', 'web'));
  for (let n = 0; n < count; n++) {
    world.nodes(node(`v${n}`, providerIdOf(vm(`v${n}`)))).pods(pod(`p${n}`, 'web', `v${n}`));
  }
  return world.nodes(node('free', providerIdOf(other))).pods(pod('free', 'web', 'free'));
}

const assigned = (world: MicWorld): string[] =>
  world.cluster.states
    .filter((state) => state.endsWith('Assigned'))
    .map((state) => state.split('-')[0] ?? '');

/** Answers every call about a resource of the first subscription like this. */
function answer(world: MicWorld, failure: ComputeFailure): void {
  const get = world.compute.get.bind(world.compute);
  world.compute.get = async (resource, signal) => {
    const outcome = await get(resource, signal);
    return resource.name === 'free' ? outcome : { ok: false, failure };
  };
}

describe('300 resources that wait', () => {
  it.each([
    ['each for as long as Azure asked', { kind: 'throttled', retryAfterMs: 30 * minute, message: 'm' }],
    [
      'for their subscription',
      { kind: 'throttled', retryAfterMs: 30 * minute, scope: 'subscription', message: 'm' },
    ],
    ['for an Azure that fails', { kind: 'transient', retryAfterMs: undefined, message: 'm' }],
  ] as const)('%s keep no other from its identity', async (_, failure) => {
    const world = machines(300);
    answer(world, failure);
    await world.start().pass(2 * minute);
    expect(assigned(world)).toEqual(['free']);
    await world.pods(pod('late', 'web', 'free')).pass(100);
    expect(assigned(world)).toEqual(['free', 'late']);
  });

  it('for operations that never end, or for an answer that never comes, keep no other from its identity', async () => {
    for (const what of ['operation', 'answer'] as const) {
      const world = machines(300);
      const [get, patch] = [world.compute.get.bind(world.compute), world.compute.patch.bind(world.compute)];
      const never = new Promise<never>(() => undefined);
      world.compute.get = (resource, signal) =>
        what === 'answer' && resource.name !== 'free' ? never : get(resource, signal);
      world.compute.patch = (resource, ...more) =>
        resource.name === 'free' ? patch(resource, ...more) : never;
      await world.start().pass(1000);
      expect(assigned(world)).toEqual(['free']);
      await world.pods(pod('late', 'web', 'free')).pass(100);
      expect(assigned(world)).toEqual(['free', 'late']);
    }
  });

  it('are told once that Azure asked to be left alone, and go on by themselves', async () => {
    const world = machines(30);
    world.compute.failures.push({
      kind: 'throttled',
      retryAfterMs: 5 * minute,
      scope: 'subscription',
      message: 'm',
    });
    await world.start().pass(4 * minute);
    // The one that was asked about, and those whose request was on its way.
    expect(world.told.filter((told) => told.startsWith('binding apply error')).length).toBe(1);
    expect(world.failures).toEqual([]);
    await world.pass(2 * minute);
    expect(assigned(world)).toHaveLength(31);
  });
});

describe('a resource that changes all the time', () => {
  it('is written to at the rate that Azure bears, and ends as it should', async () => {
    const world = machines(1);
    await world.start().pass(1000);
    for (let n = 0; n < 60; n++) {
      world.identities(identity(`x${n}`)).bindings(binding(`bx${n}`, `x${n}`, `x${n}`));
      await world.pods(pod(`x${n}`, `x${n}`, 'v0')).pass(5000);
    }
    await world.pass(minute);
    const times = world.compute.patchedAt;
    times.forEach((from, first) => {
      times.slice(first).forEach((to, more) => {
        // Two resources; the other one was written to once.
        expect(more + 1).toBeLessThanOrEqual(1 + 12 + (4 * (to - from)) / minute + 1e-6);
      });
    });
    expect(world.on(vm('v0'))).toHaveLength(61);
    expect(world.failures).toEqual([]);
  });
});
