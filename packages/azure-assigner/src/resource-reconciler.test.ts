import {
  ATTACHED_BY_ANNOTATION,
  COMPUTE_RESOURCE_ANNOTATION,
  UNASSIGNED_SINCE_ANNOTATION,
  formatComputeResource,
  type AssignedIdentityInput,
} from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { MicWorld } from './testing/mic-world.js';
import { binding, idOf, identity, instanceNode, node, pod, scaleSet, vm, vmNode } from './testing/objects.js';

const v0 = vm('v0');
const ss = scaleSet('ss');
const minute = 60_000;

/** One pod with one identity on the VM v0. */
const simple = (options = {}): MicWorld =>
  new MicWorld(options)
    .nodes(vmNode('v0'))
    .identities(identity('id1'))
    .bindings(binding('b1', 'id1', 'web'))
    .pods(pod('web', 'web', 'v0'));

/** An object as the original left it: without our annotations. */
const objectOf = (
  status: AssignedIdentityInput['status'],
  nodeName = 'v0',
  podName = 'web',
): AssignedIdentityInput => ({
  namespace: 'default',
  name: `${podName}-default-id1`,
  spec: {
    azureIdentityRef: identity('id1'),
    azureBindingRef: binding('b1', 'id1', 'web'),
    pod: podName,
    podNamespace: 'default',
    nodeName,
  },
  annotations: {},
  status,
});

describe('an assignment begins', () => {
  it('goes from Created over the VM to Assigned', async () => {
    const world = await simple().start().pass(1000);
    expect(world.cluster.writes).toEqual([
      'create default/web-default-id1',
      'Assigned default/web-default-id1',
    ]);
    expect(world.compute.calls).toEqual(['get v0', 'patch v0 +id1']);
    expect(world.cluster.states).toEqual(['web-default-id1 Assigned']);
    expect([...world.cluster.objects.values()][0]?.annotations).toEqual({
      [COMPUTE_RESOURCE_ANNOTATION]: formatComputeResource(v0),
      [ATTACHED_BY_ANNOTATION]: 'mic',
    });
    expect(world.told).toEqual(['binding applied: AzureIdentityBinding b1']);
    expect(world.failures).toEqual([]);
  });

  it('is Created, and not Assigned, while Azure works', async () => {
    const world = simple();
    world.compute.latencyMs = 10_000;
    await world.start().pass(15_000);
    expect(world.cluster.states).toEqual(['web-default-id1 Created']);
    await world.pass(10_000);
    expect(world.cluster.states).toEqual(['web-default-id1 Assigned']);
  });

  it('costs one GET and one PATCH for many pods and identities of a scale set', async () => {
    const world = new MicWorld().nodes(instanceNode('ss', 0), instanceNode('ss', 1));
    for (let n = 0; n < 40; n++) {
      world
        .identities(identity(`id${n}`))
        .bindings(binding(`b${n}`, `id${n}`, `app${n}`))
        .pods(pod(`p${n}`, `app${n}`, `ss-${n % 2}`), pod(`q${n}`, `app${n}`, `ss-${n % 2}`));
    }
    await world.start().pass(1000);
    expect(world.compute.calls.filter((call) => call.startsWith('get'))).toHaveLength(1);
    expect(world.compute.calls.filter((call) => call.startsWith('patch'))).toHaveLength(1);
    expect(world.cluster.writes).toHaveLength(160);
    expect(new Set(world.cluster.states.map((state) => state.split(' ')[1]))).toEqual(new Set(['Assigned']));
  });

  it('calls no Azure for a pod whose identity is there, and assigns within 100 ms', async () => {
    const world = await simple().start().pass(1000);
    world.compute.calls.length = 0;
    await world.pods(pod('second', 'web', 'v0')).pass(100);
    expect(world.cluster.states).toEqual(['second-default-id1 Assigned', 'web-default-id1 Assigned']);
    expect(world.compute.calls).toEqual([]);
  });

  it('takes up what it finds Created, whoever created it, and what it finds Unassigned', async () => {
    for (const status of ['Created', 'Unassigned'] as const) {
      const world = simple();
      world.cluster.put(objectOf(status));
      await world.start().pass(1000);
      expect(world.cluster.writes).toEqual(['Assigned default/web-default-id1']);
      expect(world.on(v0)).toEqual(['id1']);
    }
  });

  it('leaves what is Assigned alone', async () => {
    const world = simple();
    world.cluster.put(objectOf('Assigned'));
    world.compute.resource(v0).identities.add(idOf('id1'));
    await world.start().pass(1000);
    expect(world.cluster.writes).toEqual([]);
    expect(world.compute.calls).toEqual(['get v0']);
  });

  it('waits for the node to be known', async () => {
    const world = simple().take('Node', 'v0');
    await world.start().pass(1000);
    expect(world.cluster.writes).toEqual([]);
    await world.nodes(vmNode('v0')).pass(1000);
    expect(world.cluster.states).toEqual(['web-default-id1 Assigned']);
  });

  it('does not need Azure for a service principal, on whatever node', async () => {
    const world = new MicWorld()
      .nodes(node('n1', 'kind://docker/kind/n1'))
      .identities(identity('sp', { type: 1, resourceID: '', tenantID: 't', clientPassword: { name: 's' } }))
      .bindings(binding('b1', 'sp', 'web'))
      .pods(pod('web', 'web', 'n1'));
    await world.start().pass(1000);
    expect(world.cluster.states).toEqual(['web-default-sp Assigned']);
    expect(world.compute.calls).toEqual([]);
    await world.take('Pod', 'web').pass(1000);
    expect(world.cluster.states).toEqual([]);
  });
});

describe('an assignment ends', () => {
  it('denies, detaches and goes', async () => {
    const world = await simple().start().pass(1000);
    await world.take('AzureIdentityBinding', 'b1').pass(1000);
    expect(world.cluster.writes.slice(2)).toEqual([
      'Unassigned default/web-default-id1',
      'remove default/web-default-id1',
    ]);
    expect(world.on(v0)).toEqual([]);
    expect(world.told.slice(1)).toEqual(['binding removed: AzureIdentityBinding b1']);
  });

  it('keeps the identity for the grace period, and forgets nothing in a restart', async () => {
    const world = await simple({ graceMs: 2 * minute })
      .start()
      .pass(1000);
    await world.take('Pod', 'web').pass(1000);
    expect(world.cluster.states).toEqual(['web-default-id1 Unassigned']);
    await world.pass(minute);
    expect(world.on(v0)).toEqual(['id1']);
    await world.kill();
    await world.start().pass(50_000);
    expect(world.on(v0)).toEqual(['id1']);
    await world.pass(20_000);
    expect(world.on(v0)).toEqual([]);
    expect(world.cluster.states).toEqual([]);
  });

  it('keeps it no longer where the clock of the process before ran ahead', async () => {
    const world = simple({ graceMs: 2 * minute });
    await world.start().pass(1000);
    await world.take('Pod', 'web').pass(1000);
    await world.kill();
    world.clock.jump(-60 * minute);
    await world.start().pass(2 * minute - 1000);
    expect(world.on(v0)).toEqual(['id1']);
    await world.pass(2000);
    expect([world.on(v0), world.cluster.states]).toEqual([[], []]);
  });

  it('detaches nothing where the identity is wanted again meanwhile', async () => {
    const world = await simple({ graceMs: 2 * minute })
      .start()
      .pass(1000);
    await world.take('Pod', 'web').pass(minute);
    await world.pods(pod('other', 'web', 'v0')).pass(1000);
    expect(world.cluster.states).toEqual(['other-default-id1 Assigned']);
    await world.pass(10 * minute);
    expect(world.compute.calls.filter((call) => call.startsWith('patch'))).toEqual(['patch v0 +id1']);
    const [object] = world.cluster.objects.values();
    expect(object?.annotations[ATTACHED_BY_ANNOTATION]).toBe('mic');
    await world.take('Pod', 'other').pass(3 * minute);
    expect(world.on(v0)).toEqual([]);
  });

  it('is taken up again where the same pod comes back', async () => {
    const world = await simple({ graceMs: 2 * minute })
      .start()
      .pass(1000);
    await world.take('Pod', 'web').pass(1000);
    await world.pods(pod('web', 'web', 'v0')).pass(1000);
    const [object] = world.cluster.objects.values();
    expect(object?.status).toBe('Assigned');
    expect(object?.annotations[UNASSIGNED_SINCE_ANNOTATION]).toBeUndefined();
    expect(world.compute.calls.filter((call) => call.startsWith('patch'))).toHaveLength(1);
  });

  it('leaves an identity that was there before, also after a restart', async () => {
    const world = simple();
    world.compute.resource(v0).identities.add(idOf('id1'));
    await world.start().pass(1000);
    expect(world.cluster.states).toEqual(['web-default-id1 Assigned']);
    await world.kill();
    await world.start().pass(1000);
    await world.take('Pod', 'web').pass(1000);
    expect(world.cluster.states).toEqual([]);
    expect(world.on(v0)).toEqual(['id1']);
  });

  it('leaves immutable identities and the one of the cluster', async () => {
    const world = simple({
      protectedIdentities: { immutableIdentities: ['CLIENT-OF-ID1'], clusterIdentity: '' },
    });
    await world.start().pass(1000);
    await world.take('Pod', 'web').pass(1000);
    expect([world.cluster.states, world.on(v0)]).toEqual([[], ['id1']]);
  });

  it('never drops the system-assigned identity', async () => {
    const world = simple();
    world.compute.resource(v0).systemAssigned = true;
    await world.start().pass(1000);
    await world.take('Pod', 'web').pass(1000);
    expect([world.compute.resource(v0).systemAssigned, world.on(v0)]).toEqual([true, []]);
  });

  it('keeps what a pod on another node of the scale set needs', async () => {
    const world = new MicWorld()
      .nodes(instanceNode('ss', 0), instanceNode('ss', 1))
      .identities(identity('id1'))
      .bindings(binding('b1', 'id1', 'web'))
      .pods(pod('a', 'web', 'ss-0'), pod('b', 'web', 'ss-1'));
    await world.start().pass(1000);
    await world.take('Pod', 'a').pass(1000);
    expect([world.cluster.states, world.on(ss)]).toEqual([['b-default-id1 Assigned'], ['id1']]);
    await world.take('Pod', 'b').pass(1000);
    expect([world.cluster.states, world.on(ss)]).toEqual([[], []]);
  });

  it('cleans up the scale set of a node that is gone, and does not touch a VM that is', async () => {
    const world = new MicWorld()
      .nodes(instanceNode('ss', 0), vmNode('v0'))
      .identities(identity('id1'))
      .bindings(binding('b1', 'id1', 'web'))
      .pods(pod('a', 'web', 'ss-0'), pod('b', 'web', 'v0'));
    await world.start().pass(1000);
    world.compute.calls.length = 0;
    await world.take('Node', 'ss-0').take('Node', 'v0').take('Pod', 'a').take('Pod', 'b').pass(1000);
    expect(world.cluster.states).toEqual([]);
    expect(world.on(ss)).toEqual([]);
    expect(world.compute.calls.filter((call) => call.includes('v0'))).toEqual([]);
  });

  it('does not wait for a resource that is gone or going', async () => {
    for (const kind of ['not-found', 'deleting'] as const) {
      const world = await simple().start().pass(1000);
      world.compute.failures.push({ kind, message: kind });
      await world.take('Pod', 'web').pass(1000);
      expect(world.cluster.states).toEqual([]);
      expect(world.failures).toEqual([]);
    }
  });
});

describe('an assignment moves', () => {
  const stateful = (options = {}): MicWorld =>
    simple(options).nodes(vmNode('v1'), instanceNode('ss', 0), instanceNode('ss', 1));

  it('does not wait for the old VM, and does not forget it', async () => {
    const world = await stateful({ graceMs: 2 * minute })
      .start()
      .pass(1000);
    await world.pods(pod('web', 'web', 'v1')).pass(1000);
    expect([world.on(v0), world.on(vm('v1'))]).toEqual([['id1'], ['id1']]);
    expect(world.cluster.states.map((state) => state.split(' ')[1])).toEqual(['Unassigned', 'Assigned']);
    await world.kill();
    await world.start().pass(3 * minute);
    expect([world.on(v0), world.on(vm('v1'))]).toEqual([[], ['id1']]);
    expect(world.cluster.states.map((state) => state.split(' ')[1])).toEqual(['Assigned']);
  });

  it('rewrites the object where the scale set stays the same', async () => {
    const world = new MicWorld()
      .nodes(instanceNode('ss', 0), instanceNode('ss', 1))
      .identities(identity('id1'))
      .bindings(binding('b1', 'id1', 'web'))
      .pods(pod('web', 'web', 'ss-0'));
    await world.start().pass(1000);
    await world.pods(pod('web', 'web', 'ss-1')).pass(1000);
    expect(world.cluster.writes.slice(2)).toEqual([
      'replace default/web-default-id1',
      'Assigned default/web-default-id1',
    ]);
    expect([...world.cluster.objects.values()][0]?.spec.nodeName).toBe('ss-1');
    expect(world.compute.calls.filter((call) => call.startsWith('patch'))).toHaveLength(1);
  });

  it('exchanges the identity that an AzureIdentity stands for', async () => {
    const world = await simple().start().pass(1000);
    await world.identities(identity('id1', { resourceID: idOf('new') })).pass(2000);
    expect(world.on(v0)).toEqual(['new']);
    expect(world.cluster.states.map((state) => state.split(' ')[1])).toEqual(['Assigned']);
  });

  it('stays where somebody deleted its object', async () => {
    const world = await simple().start().pass(1000);
    world.cluster.delete('default/web-default-id1');
    await world.pass(1000);
    const [object] = world.cluster.objects.values();
    expect([world.cluster.objects.size, object?.status, object?.deleting]).toEqual([1, 'Assigned', false]);
    expect(object?.annotations[ATTACHED_BY_ANNOTATION]).toBe('mic');
    expect(world.compute.calls.filter((call) => call.startsWith('patch'))).toHaveLength(1);
  });
});

describe('names', () => {
  it('gives an assignment whose name is taken another one', async () => {
    const world = simple();
    world.cluster.put({
      ...objectOf('Assigned', 'v0', 'web'),
      name: 'web-default-id1',
      spec: { ...objectOf('Assigned').spec, pod: 'elsewhere' },
    });
    await world.start().pass(1000);
    expect(world.cluster.states).toEqual([expect.stringMatching(/^web-default-id1-\w{10} Assigned$/)]);
  });
});
