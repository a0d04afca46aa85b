import assert from 'node:assert/strict';
import { askOnce } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { azureIdentity, azureIdentityBinding, namespace } from '../world/identities.js';
import { packetsPastNmi } from '../world/network.js';
import type { World } from '../world/world.js';
import { grant } from './grant.js';

export const managedMode: Scenario = {
  name: 'managed mode: NMI alone, identities attached by others, and never across namespaces',
  values: { operationMode: 'managed', forceNamespaced: 'true' },
  run: async (world) => {
    const { azure, cluster, installation } = world;
    assert.equal(
      await cluster.get('Deployment', { namespace: installation.namespace, name: installation.mic }),
      undefined,
    );
    const at = { namespace: 'managed', name: 'managed' };
    const identity = await grant(world, at);
    await azure.attach('pool', identity.id);
    const answer = await askOnce(world, { ...at, name: 'mine', binding: 'managed' });
    assert.deepEqual([answer.status, answer.appid], [200, identity.clientId], JSON.stringify(answer));
    await cluster.apply(namespace('managed-other'));
    const other = await askOnce(world, { namespace: 'managed-other', name: 'theirs', binding: 'managed' });
    assert.deepEqual([other.status, other.appid], [403, undefined], JSON.stringify(other));
    assert.deepEqual(
      (await cluster.list('AzureAssignedIdentity')).filter(({ metadata }) =>
        metadata.name.includes('managed'),
      ),
      [],
    );
  },
};

/** Pods of two namespaces ask for the identity of one. Gives the two answers, own first. */
async function acrossNamespaces(world: World, name: string): Promise<readonly (number | undefined)[]> {
  const identity = await grant(world, { namespace: name, name });
  await world.cluster.apply(namespace(`${name}-other`));
  const own = await askOnce(world, { namespace: name, name: 'own', binding: name });
  const other = await askOnce(world, { namespace: `${name}-other`, name: 'other', binding: name });
  for (const { status, appid } of [own, other])
    assert.equal(appid, status === 200 ? identity.clientId : undefined);
  return [own.status, other.status];
}

export const namespacedByEnvironment: Scenario = {
  name: 'forceNamespaced by the environment, as the chart sets it: pods of other namespaces are refused',
  values: { forceNamespaced: 'true' },
  run: async (world) => {
    assert.deepEqual(await acrossNamespaces(world, 'forced-by-environment'), [200, 403]);
    const assigned = await world.cluster.list('AzureAssignedIdentity', {
      namespace: 'forced-by-environment-other',
    });
    assert.deepEqual(assigned, []);
  },
};

export const namespacedByFlag: Scenario = {
  name: 'forceNamespaced by the flag, as the manifests of the original set it; without it they are not refused',
  run: async (world) => {
    assert.deepEqual(await acrossNamespaces(world, 'not-forced'), [200, 200]);
    await world.addArguments('--forceNamespaced=true');
    assert.deepEqual(await acrossNamespaces(world, 'forced-by-flag'), [200, 403]);
  },
};

export const exceptions: Scenario = {
  name: 'an excepted pod is passed on to IMDS, by NMI; one with only some of the labels is not',
  run: async (world) => {
    const { azure, cluster } = world;
    const identity = azure.identity('of-the-machine');
    await azure.attach('pool', identity.id);
    await cluster.apply(namespace('excepted'), {
      apiVersion: 'aadpodidentity.k8s.io/v1',
      kind: 'AzurePodIdentityException',
      metadata: { namespace: 'excepted', name: 'agents' },
      spec: { podLabels: { app: 'agent', tier: 'node' } },
    });
    const past = await packetsPastNmi();
    const args = ['--client-id', identity.clientId];
    const shape = { namespace: 'excepted', args };
    const whole = await askOnce(world, { ...shape, name: 'agent', labels: { app: 'agent', tier: 'node' } });
    assert.deepEqual([whole.status, whole.appid], [200, identity.clientId], JSON.stringify(whole));
    const half = await askOnce(world, { ...shape, name: 'half', labels: { app: 'agent' } });
    assert.deepEqual([half.status, half.appid], [403, undefined], JSON.stringify(half));
    assert.equal(await packetsPastNmi(), past);
  },
};

export const blockedInstanceMetadata: Scenario = {
  name: 'block-instance-metadata: refused to pods, and passed on where it is off',
  values: { nmi: { blockInstanceMetadata: 'true' } },
  run: async (world) => {
    const { cluster } = world;
    await cluster.apply(namespace('instance'));
    const ask = (name: string, node: string) =>
      askOnce(world, { namespace: 'instance', name, node, args: ['--path', '/metadata/instance'] });
    const [node] = world.nodes.all;
    assert(node !== undefined);
    assert.equal((await ask('blocked', node.name)).status, 403);
    await world.installation.install({});
    const answer = await ask('open', node.name);
    assert.deepEqual([answer.status, answer.name], [200, node.machine.name], JSON.stringify(answer));
  },
};

export const bindingIsDeleted: Scenario = {
  name: 'a deleted binding denies the next request; identities of other names, clients and casings do not help',
  run: async (world) => {
    const { azure, cluster } = world;
    const at = { namespace: 'denied', name: 'denied' };
    const identity = azure.identity('denied');
    await cluster.apply(namespace('denied'), azureIdentity(at, identity), azureIdentityBinding(at));
    const args = ['--client-id', identity.clientId.toUpperCase()];
    const first = await askOnce(world, { ...at, name: 'first', binding: 'denied', args });
    assert.deepEqual([first.status, first.appid], [200, identity.clientId], JSON.stringify(first));
    await cluster.deleteAndWait('AzureIdentityBinding', at);
    const second = await askOnce(world, { ...at, name: 'second', binding: 'denied', args });
    assert.deepEqual([second.status, second.appid], [404, undefined], JSON.stringify(second));
  },
};
