import type { ComputeResource } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { MicWorld } from './testing/mic-world.js';
import { binding, identity, node, pod, providerIdOf, scaleSet, vm } from './testing/objects.js';

const minute = 60_000;
const another = '99999999-8888-7777-6666-555555555555';
/** Of one name, but six places. */
const places: readonly (readonly [ComputeResource, number?])[] = [
  [vm('pool')],
  [scaleSet('pool'), 3],
  [{ ...vm('pool'), resourceGroup: 'other' }],
  [{ ...scaleSet('pool'), resourceGroup: 'other' }, 0],
  [{ ...vm('pool'), subscriptionId: another }],
  [{ ...scaleSet('pool'), subscriptionId: another }, 7],
];

const world = (): MicWorld => {
  const made = new MicWorld().identities(identity('id1')).bindings(binding('b1', 'id1', 'web'));
  places.forEach(([resource, instance], n) => {
    made.nodes(node(`n${n}`, providerIdOf(resource, instance))).pods(pod(`p${n}`, 'web', `n${n}`));
  });
  return made;
};

describe('nodes of several subscriptions, resource groups and pools', () => {
  it('get their identities where their providerID says that they are, and lose them there', async () => {
    const made = await world().start().pass(1000);
    expect(places.map(([resource]) => made.on(resource))).toEqual(places.map(() => ['id1']));
    expect(made.compute.calls.filter((call) => call.startsWith('patch'))).toHaveLength(places.length);
    for (let n = 0; n < 3; n++) made.take('Pod', `p${n}`);
    await made.pass(minute);
    expect(places.map(([resource]) => made.on(resource).length)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('are one resource in whatever casing it is written', async () => {
    const made = new MicWorld().identities(identity('id1')).bindings(binding('b1', 'id1', 'web'));
    const shout = providerIdOf(scaleSet('pool'), 1).slice('azure://'.length).toUpperCase();
    made
      .nodes(node('a', providerIdOf(scaleSet('pool'), 0)), node('b', `azure://${shout}`))
      .pods(pod('p', 'web', 'a'), pod('q', 'web', 'b'));
    await made.start().pass(1000);
    expect(made.compute.calls).toEqual(['get pool', 'patch pool +id1']);
    expect(made.cluster.states).toEqual(['p-default-id1 Assigned', 'q-default-id1 Assigned']);
  });

  it('are not held up by nodes that are not of Azure, whose pods wait', async () => {
    const made = world()
      .nodes(node('virtual', ''), node('kind', 'kind://docker/kind/kind'))
      .pods(pod('v', 'web', 'virtual'), pod('k', 'web', 'kind'));
    await made.start().pass(60 * minute);
    expect(made.cluster.states.filter((state) => state.endsWith('Assigned'))).toHaveLength(places.length);
    expect([made.failures, made.cluster.states.length]).toEqual([[], places.length]);
    await made.nodes(node('virtual', providerIdOf(vm('real')))).pass(1000);
    expect(made.cluster.states).toContain('v-default-id1 Assigned');
    expect(made.on(vm('real'))).toEqual(['id1']);
  });
});
