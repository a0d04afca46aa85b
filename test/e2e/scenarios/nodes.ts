import assert from 'node:assert/strict';
import { askOnce, startAsker } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { createPod } from '../world/create-pod.js';
import { eventually } from '../../eventually.js';
import type { ClusterObject } from '../world/cluster.js';
import { packetsPastNmi } from '../world/network.js';
import { grant } from './grant.js';

interface NodeObject extends ClusterObject {
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
}

const startupTaint = 'aadpodidentity.k8s.io/nmi-not-ready';

export const nodeComesAndGoes: Scenario = {
  name: 'a node is added with the startup taint, drained and removed: no pod before NMI, nothing left behind',
  values: { nmi: { startupTaint: true }, mic: { unassignGracePeriod: '2s' } },
  run: async (world) => {
    const { azure, cluster, nodes } = world;
    const identity = await grant(world, { namespace: 'node', name: 'node' });
    const assigned = async (): Promise<readonly string[]> =>
      (
        await cluster.list<ClusterObject & { spec: { nodename: string; pod: string } }>(
          'AzureAssignedIdentity',
        )
      )
        .filter(({ spec }) => spec.nodename === 'extra')
        .map(({ spec }) => spec.pod);
    const past = await packetsPastNmi();
    await azure.simulator.machines.addVirtualMachine({ name: 'extra' });
    const [machine] = azure.machines('extra');
    assert(machine !== undefined);
    // The pods are there before the node: they go to it as soon as they may.
    const shapes = ['first', 'stays'].map((name) => ({
      namespace: 'node',
      name,
      binding: 'node',
      node: 'extra',
    }));
    const [first, stays] = shapes;
    assert(first !== undefined && stays !== undefined);
    const starting = startAsker(world, first);
    await nodes.add(machine, { taints: [{ key: startupTaint, effect: 'NoSchedule' }] });
    const asker = await starting;
    const answer = await asker.next('a token', ({ status }) => status === 200);
    assert.equal(answer.appid, identity.clientId);
    assert.equal(await packetsPastNmi(), past);
    const found = await cluster.get<NodeObject>('Node', { name: 'extra' });
    assert(!found?.spec.taints?.some(({ key }) => key === startupTaint));
    assert.deepEqual(azure.attached('extra'), ['node']);

    // Drained.
    await cluster.patch('Node', { name: 'extra' }, { spec: { unschedulable: true } });
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace: 'node', name: 'first' },
    };
    await cluster.post('Pod', eviction.metadata, '/eviction', eviction);
    await eventually(
      'the identity to be taken off',
      async () => azure.attached('extra').length === 0 && (await assigned()).length === 0,
    );

    // Removed, with a pod on it.
    await cluster.patch('Node', { name: 'extra' }, { spec: { unschedulable: false } });
    await createPod(cluster, { ...stays, image: 'sleeper' });
    await eventually('the identity to be attached', () => azure.attached('extra').length === 1);
    await eventually('the assignment', async () => (await assigned()).length === 1);
    await nodes.remove('extra');
    await cluster.delete('Node', { name: 'extra' });
    await eventually('the assignment to be gone', async () => (await assigned()).length === 0);
    await cluster.delete('Pod', stays, { gracePeriodSeconds: 0 });
    await azure.simulator.machines.remove(machine.id);
  },
};

const otherSubscription = '99999999-2222-3333-4444-555555555555';

export const scaleSets: Scenario = {
  name: 'a scale set has an identity as long as one of its three nodes needs it; another one, in another subscription, has its own',
  // Without the taint, a pod that is on the new node before NMI asks the metadata service itself.
  values: { nmi: { startupTaint: true }, mic: { unassignGracePeriod: '2s' } },
  run: async (world) => {
    const { azure, cluster, nodes } = world;
    const shared = await grant(world, { namespace: 'scale-sets', name: 'shared' });
    const own = await grant(world, { namespace: 'scale-sets', name: 'elsewhere' });
    const pool = nodes.all.map(({ name }) => name);
    for (const [index, node] of pool.entries())
      await createPod(cluster, {
        namespace: 'scale-sets',
        name: `pod-${index}`,
        binding: 'shared',
        node,
        image: 'sleeper',
      });
    await eventually('all three to be assigned', async () => {
      const found = await cluster.list<
        ClusterObject & { spec: { podNamespace: string }; status?: { status?: string } }
      >('AzureAssignedIdentity');
      return (
        found.filter(
          ({ spec, status }) => spec.podNamespace === 'scale-sets' && status?.status === 'Assigned',
        ).length === pool.length
      );
    });
    assert(azure.attached('pool').includes('shared'));
    // Identities of earlier pods may come off meanwhile. Azure may refuse an update for now: each MIC begins with all of
    // the updates that a scale set may have in a minute, also where one before it has used them up.
    const updates = azure
      .computeUpdates('/virtualMachineScaleSets/pool')
      .filter(({ body }) => body?.includes('/userAssignedIdentities/shared"'))
      .map(({ status }) => status);
    const accepted = updates.filter((status) => status !== 429);
    assert.deepEqual(accepted, [202], `one update for three pods, of these answers: ${updates.join(', ')}`);

    await azure.simulator.machines.addScaleSet({ name: 'other', subscriptionId: otherSubscription });
    azure.simulator.populate.roleAssignment({
      principal: 'mic',
      role: 'Virtual Machine Contributor',
      scope: `/subscriptions/${otherSubscription}/resourceGroups/${azure.simulator.resourceGroup}`,
    });
    const [machine] = azure.machines('other');
    assert(machine !== undefined);
    const { name: otherNode } = await nodes.add(machine, {
      taints: [{ key: startupTaint, effect: 'NoSchedule' }],
    });
    const there = { namespace: 'scale-sets', name: 'there', binding: 'elsewhere', node: otherNode };
    const answer = await askOnce(world, there, { withinMs: 120_000 });
    assert.deepEqual([answer.status, answer.appid], [200, own.clientId], JSON.stringify(answer));
    assert(!azure.attached('pool').includes('elsewhere'));
    assert(!azure.attached('other').includes('shared'));

    for (const [index] of pool.entries()) {
      assert(azure.attached('pool').includes('shared'), `still needed by ${pool.length - index}`);
      await cluster.deleteAndWait('Pod', { namespace: 'scale-sets', name: `pod-${index}` });
    }
    await eventually('it to be taken off', () => !azure.attached('pool').includes('shared'));
    assert.equal(shared.name, 'shared');
    await nodes.remove(otherNode);
    await cluster.delete('Node', { name: otherNode });
    await azure.simulator.machines.remove(machine.resource.id);
  },
};
