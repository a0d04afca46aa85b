import assert from 'node:assert/strict';
import { askOnce } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { eventually } from '../wait.js';
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
  name: 'uninstall: the redirection goes from every node, pods reach IMDS, nothing hangs in Terminating',
  values: { mic: { unassignGracePeriod: '2s' } },
  run: async (world) => {
    const { azure, cluster, installation, nodes } = world;
    await grant(world, { namespace: 'uninstalled', name: 'uninstalled' });
    const answer = await askOnce(world, { namespace: 'uninstalled', name: 'before', binding: 'uninstalled' });
    assert.equal(answer.status, 200, JSON.stringify(answer));
    for (const { metadata } of await cluster.list('AzureIdentityBinding'))
      await cluster.delete('AzureIdentityBinding', metadata);
    await eventually(
      'every assignment to be gone',
      async () => (await cluster.list('AzureAssignedIdentity')).length === 0,
      { withinMs: 120_000 },
    );
    assert(!azure.attached('pool').includes('uninstalled'));
    for (const { network } of nodes.all) assert.match(await network.natRules(), /aad-metadata/);
    await installation.uninstall();
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
