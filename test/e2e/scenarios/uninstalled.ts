import assert from 'node:assert/strict';
import { askOnce } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { createPod } from '../world/create-pod.js';
import { eventually } from '../../eventually.js';
import { namespace } from '../world/identities.js';
import { packetsPastNmi } from '../world/network.js';
import type { World } from '../world/world.js';
import { grant } from './grant.js';

const crds = [
  'azureassignedidentities',
  'azureidentities',
  'azureidentitybindings',
  'azurepodidentityexceptions',
];

/** Deletes the custom resource definitions, with every object of theirs; resolves when they are gone. */
export async function removeDefinitions({ cluster }: World): Promise<void> {
  for (const plural of crds)
    await cluster.deleteAndWait('CustomResourceDefinition', { name: `${plural}.aadpodidentity.k8s.io` });
}

export const uninstalled: Scenario = {
  name: 'helm uninstall: identities come off, the redirection goes from every node, nothing hangs in Terminating',
  run: async (world) => {
    const { azure, cluster, installation, nodes } = world;
    await grant(world, { namespace: 'uninstalled', name: 'uninstalled' });
    const answer = await askOnce(world, { namespace: 'uninstalled', name: 'before', binding: 'uninstalled' });
    assert.equal(answer.status, 200, JSON.stringify(answer));
    // A pod that still needs it, when all of it is taken away.
    const needs = { namespace: 'uninstalled', name: 'needs', binding: 'uninstalled', image: 'sleeper' };
    await createPod(cluster, needs);
    await eventually('its assignment', async () => (await cluster.list('AzureAssignedIdentity')).length > 0);
    await eventually('its identity', () => azure.attached('pool').includes('uninstalled'));
    for (const { network } of nodes.all) assert.match(await network.natRules(), /aad-metadata/);
    await installation.uninstall();
    assert.deepEqual(await cluster.list('AzureAssignedIdentity'), []);
    assert(!azure.attached('pool').includes('uninstalled'));
    await eventually(
      'every pod of it to be gone',
      async () => (await cluster.list('Pod', { namespace: installation.namespace })).length === 0,
    );
    for (const { name, network } of nodes.all)
      assert.doesNotMatch(await network.natRules(), /aad-metadata/, name);
    const past = await packetsPastNmi();
    await cluster.apply(namespace('afterwards'));
    await askOnce(world, { namespace: 'afterwards', name: 'after' });
    assert((await packetsPastNmi()) > past);
    await cluster.deleteAndWait('Namespace', { name: 'uninstalled' });
    await removeDefinitions(world);
  },
};
