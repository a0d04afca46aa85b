import {
  ATTACHED_BY_ANNOTATION,
  COMPUTE_RESOURCE_ANNOTATION,
  computeResourceKey,
  formatComputeResource,
  type AzureAssignedIdentity,
} from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { MicWorld, type MicWorldOptions } from './testing/mic-world.js';
import {
  binding,
  idOf,
  identity,
  instanceNode,
  node,
  pod,
  providerIdOf,
  scaleSet,
  vm,
  vmNode,
} from './testing/objects.js';

const v0 = vm('v0');
const ss = scaleSet('ss');
const minute = 60_000;
const interval = 3 * minute;

/** A pod on the VM v0 and one on a scale set of two nodes, both with the identity id1 and `Assigned`. */
async function settled(options: MicWorldOptions = {}): Promise<MicWorld> {
  const world = new MicWorld(options)
    .nodes(vmNode('v0'), instanceNode('ss', 0), instanceNode('ss', 1))
    .identities(identity('id1'), identity('id2'))
    .bindings(binding('b1', 'id1', 'web'))
    .pods(pod('a', 'web', 'v0'), pod('b', 'web', 'ss-0'));
  await world.start().pass(1000);
  expect(world.cluster.states).toEqual(['a-default-id1 Assigned', 'b-default-id1 Assigned']);
  world.compute.calls.length = 0;
  world.cluster.writes.length = 0;
  return world;
}

const fine = ['a-default-id1 Assigned', 'b-default-id1 Assigned'];

/** Changes an object as somebody would with kubectl. */
function edit(world: MicWorld, name: string, change: Partial<AzureAssignedIdentity>): void {
  const object = world.cluster.objects.get(`default/${name}`);
  if (object === undefined) throw new Error(`no object ${name}`);
  world.cluster.edit({ ...object, ...change });
}

describe('in Azure, within the reconcile interval', () => {
  it('an identity taken off by hand is attached again, on a VM and on a scale set', async () => {
    const world = await settled();
    world.compute.resource(v0).identities.clear();
    world.compute.resource(ss).identities.delete(idOf('id1'));
    await world.pass(interval);
    expect([world.on(v0), world.on(ss)]).toEqual([['id1'], ['id1']]);
    expect([world.cluster.states, world.cluster.writes]).toEqual([fine, []]);
  });

  it('a VM that was deleted and created anew gets its identities', async () => {
    const world = await settled();
    world.compute.resources.delete(computeResourceKey(v0));
    world.compute.operationMs = 40_000;
    world.compute.update(v0, []);
    await world.pass(interval + minute);
    expect([world.on(v0), world.cluster.states]).toEqual([['id1'], fine]);
  });

  it('an identity that is gone and refused is Created for those that had it, whoever else waits for it', async () => {
    const world = await settled();
    await world.kill();
    world.compute.bad.add(idOf('id1'));
    world.compute.resource(ss).identities.clear();
    await world
      .pods(pod('c', 'web', 'ss-1'))
      .start()
      .pass(5000);
    expect(world.cluster.states).toEqual([
      'a-default-id1 Assigned',
      'b-default-id1 Created',
      'c-default-id1 Created',
    ]);
  });

  it('a VM that is gone for a while is found when it is back', async () => {
    const world = await settled();
    world.compute.absent.add(computeResourceKey(v0));
    await world.pass(60 * minute);
    // About one look in each interval.
    expect(world.failures.length).toBeLessThan(40);
    world.compute.absent.clear();
    world.compute.resources.delete(computeResourceKey(v0));
    await world.pass(interval);
    expect([world.on(v0), world.cluster.states]).toEqual([['id1'], fine]);
  });

  it.each([
    ['gone', { kind: 'not-found', message: 'm' }],
    ['forbidden', { kind: 'forbidden', message: 'm' }],
    ['throttled', { kind: 'throttled', retryAfterMs: 3_600_000, message: 'm' }],
    ['failing', { kind: 'transient', retryAfterMs: undefined, message: 'm' }],
  ] as const)('what drifts is found although another resource is %s', async (_, failure) => {
    const world = await settled();
    const get = world.compute.get.bind(world.compute);
    world.compute.get = async (resource, signal) =>
      resource.name === 'v0' ? { ok: false, failure } : get(resource, signal);
    await world.pass(interval);
    world.compute.resource(ss).identities.clear();
    await world.pass(interval);
    expect(world.on(ss)).toEqual(['id1']);
  });

  it('the identity of others that somebody takes off is attached, and still counts as theirs', async () => {
    const world = new MicWorld()
      .nodes(vmNode('v0'))
      .identities(identity('id1'))
      .bindings(binding('b1', 'id1', 'web'))
      .pods(pod('a', 'web', 'v0'));
    world.compute.resource(v0).identities.add(idOf('id1'));
    await world.start().pass(1000);
    world.compute.resource(v0).identities.clear();
    await world.pass(interval);
    expect(world.on(v0)).toEqual(['id1']);
    await world.take('Pod', 'a').pass(minute);
    expect([world.cluster.states, world.on(v0)]).toEqual([[], ['id1']]);
  });

  it('objects say so where a missing identity cannot be attached again', async () => {
    const world = await settled();
    const patch = world.compute.patch.bind(world.compute);
    world.compute.patch = async () => ({ ok: false, failure: { kind: 'forbidden', message: 'no role' } });
    world.compute.resource(v0).identities.clear();
    await world.pass(interval);
    expect(world.cluster.states).toEqual(['a-default-id1 Created', 'b-default-id1 Assigned']);
    // Once that it is not there, and once why.
    expect(world.cluster.writes).toEqual(['Created default/a-default-id1', 'Created default/a-default-id1']);
    world.compute.patch = patch;
    await world.pass(interval);
    expect([world.on(v0), world.cluster.states]).toEqual([['id1'], fine]);
  });
});

describe('among the nodes', () => {
  it('one that was replaced under its name gets its identities where it is now', async () => {
    const world = await settled();
    await world.nodes(node('v0', providerIdOf(vm('replacement')))).pass(1000);
    expect(world.on(vm('replacement'))).toEqual(['id1']);
    expect(world.cluster.states.filter((state) => state.endsWith('Assigned'))).toHaveLength(2);
    await world.pass(10 * minute);
    expect(world.cluster.objects.size).toBe(2);
    const noted = [...world.cluster.objects.values()].map(
      ({ annotations }) => annotations[COMPUTE_RESOURCE_ANNOTATION],
    );
    expect(noted.sort()).toEqual(
      [formatComputeResource(ss), formatComputeResource(vm('replacement'))].sort(),
    );
    // The VM may be gone, or somebody else's by now.
    expect(world.on(v0)).toEqual(['id1']);
  });

  it('one that moved to another scale set leaves nothing on the old one', async () => {
    const world = await settled();
    await world.nodes(node('ss-0', providerIdOf(scaleSet('other'), 0))).pass(1000);
    expect([world.on(scaleSet('other')), world.on(ss)]).toEqual([['id1'], []]);
    expect(world.cluster.states.filter((state) => state.endsWith('Assigned'))).toHaveLength(2);
  });

  it('an instance added to a scale set has its identities at once, also while Azure still works on the set', async () => {
    const world = await settled();
    world.compute.operationMs = 5 * minute;
    world.compute.update(ss, []);
    await world.pass(interval);
    world.compute.calls.length = 0;
    await world
      .nodes(instanceNode('ss', 7))
      .pods(pod('c', 'web', 'ss-7'))
      .pass(100);
    expect(world.cluster.states).toEqual([...fine, 'c-default-id1 Assigned']);
    expect(world.patches).toEqual([]);
  });
});

describe('among the objects', () => {
  it('one that somebody deletes is there again, and NMI never without one', async () => {
    const world = await settled();
    let least = Number.POSITIVE_INFINITY;
    world.cluster.before = () => {
      const serving = [...world.cluster.objects.values()].filter(
        ({ spec, status, deleting }) => spec.pod === 'a' && status === 'Assigned' && !deleting,
      );
      least = Math.min(least, serving.length);
    };
    world.cluster.delete('default/a-default-id1');
    await world.pass(1000);
    expect(world.cluster.states.filter((state) => state.endsWith('Assigned'))).toHaveLength(2);
    expect(world.patches).toEqual([]);
    await world.take('Pod', 'a').pass(minute);
    expect(world.on(v0)).toEqual([]);
  });

  it('one that is torn out with its finalizer is there again', async () => {
    const world = await settled();
    edit(world, 'a-default-id1', { finalizers: [] });
    await world.pass(1000);
    world.cluster.delete('default/a-default-id1');
    await world.pass(1000);
    expect(world.cluster.states).toEqual(fine);
    expect(world.patches).toEqual([]);
    await world.take('Pod', 'a').pass(minute);
    expect(world.on(v0)).toEqual([]);
  });

  it('one that is torn out after MIC has put drift right does not make the identity one of others', async () => {
    const world = await settled();
    await world.kill();
    await world.start().pass(1000);
    world.compute.resource(v0).identities.clear();
    await world.pass(interval);
    edit(world, 'a-default-id1', { finalizers: [] });
    await world.pass(1000);
    world.cluster.delete('default/a-default-id1');
    await world.pass(1000);
    expect(world.cluster.states).toEqual(fine);
    await world.take('Pod', 'a').pass(minute);
    expect(world.on(v0)).toEqual([]);
  });

  it.each(['Created', 'Unassigned'] as const)('one set to %s is Assigned again', async (status) => {
    const world = await settled();
    edit(world, 'a-default-id1', { status });
    await world.pass(1000);
    expect([world.cluster.states, world.patches]).toEqual([fine, []]);
  });

  it('one set to Assigned before its identity is attached is found within the interval', async () => {
    const world = await settled();
    world.compute.failures.push({ kind: 'forbidden', message: 'no role' });
    world.compute.resource(v0).identities.clear();
    edit(world, 'a-default-id1', { status: 'Assigned' });
    await world.pass(2 * interval);
    expect([world.on(v0), world.cluster.states]).toEqual([['id1'], fine]);
  });

  it('one whose node name was changed is written anew', async () => {
    const world = await settled();
    const { spec } = [...world.cluster.objects.values()].find(({ name }) => name === 'a-default-id1') ?? {};
    if (spec === undefined) throw new Error('no object');
    edit(world, 'a-default-id1', { spec: { ...spec, nodeName: 'elsewhere' } });
    await world.pass(minute);
    const nodes = [...world.cluster.objects.values()].map(({ spec: { nodeName } }) => nodeName);
    expect([nodes.sort(), world.cluster.states.filter((state) => state.endsWith('Assigned')).length]).toEqual(
      [['ss-0', 'v0'], 2],
    );
    expect([world.on(v0), world.on(ss)]).toEqual([['id1'], ['id1']]);
  });

  it('one whose identity was changed is written anew, and nothing of others comes off by it', async () => {
    const world = await settled();
    world.compute.resource(v0).identities.add(idOf('id2'));
    const { spec } = [...world.cluster.objects.values()].find(({ name }) => name === 'a-default-id1') ?? {};
    if (spec === undefined) throw new Error('no object');
    edit(world, 'a-default-id1', {
      spec: { ...spec, azureIdentityRef: identity('id1', { clientID: 'another' }) },
    });
    await world.pass(minute);
    const [object] = [...world.cluster.objects.values()].filter(({ spec: { pod: name } }) => name === 'a');
    expect(object?.spec.azureIdentityRef.spec.clientID).toBe('client-of-id1');
    expect([world.on(v0), world.cluster.states.length]).toEqual([['id1', 'id2'], 2]);
  });

  it('one whose annotations were wiped out still works, and its identity comes off in the end', async () => {
    const world = await settled();
    edit(world, 'a-default-id1', { annotations: {} });
    await world.pass(interval);
    expect([world.cluster.states, world.on(v0)]).toEqual([fine, ['id1']]);
    await world.take('Pod', 'a').pass(minute);
    expect(world.on(v0)).toEqual([]);
  });

  it('one that points at a resource which is not there ends up where it belongs', async () => {
    const world = await settled();
    const annotations = {
      [COMPUTE_RESOURCE_ANNOTATION]: formatComputeResource(scaleSet('nowhere')),
      [ATTACHED_BY_ANNOTATION]: 'mic',
    };
    world.compute.absent.add(computeResourceKey(scaleSet('nowhere')));
    edit(world, 'a-default-id1', { annotations });
    await world.pass(minute);
    expect(world.cluster.states.map((state) => state.split(' ')[1])).toEqual(['Assigned', 'Assigned']);
    expect([world.on(v0), world.on(ss)]).toEqual([['id1'], ['id1']]);
  });
});
