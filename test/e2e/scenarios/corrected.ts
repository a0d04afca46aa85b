import assert from 'node:assert/strict';
import { startAsker } from '../clients.js';
import type { Scenario } from '../scenario.js';
import { eventually } from '../../eventually.js';
import type { ClusterObject } from '../world/cluster.js';
import { azureIdentity, azureIdentityBinding, namespace } from '../world/identities.js';
import type { World } from '../world/world.js';

const at = { namespace: 'corrected', name: 'corrected' };
const elsewhere = '00000000-0000-4000-8000-00000000dead';

export const identityIsCorrected: Scenario = {
  name: 'a corrected AzureIdentity reaches the pod that runs with it; an AzureAssignedIdentity that says nothing is not in the way',
  run: async (world) => {
    const { azure, cluster } = world;
    const identity = azure.identity('corrected');
    const wrong = azureIdentity(at, { ...identity, clientId: elsewhere });
    await cluster.apply(namespace(at.namespace), wrong, azureIdentityBinding(at));
    // Where MIC would write its own.
    const inTheWay = { namespace: 'default', name: 'asker-corrected-corrected' };
    await cluster.create({
      apiVersion: 'aadpodidentity.k8s.io/v1',
      kind: 'AzureAssignedIdentity',
      metadata: inTheWay,
      spec: { pod: '' },
    });
    const asker = await startAsker(world, { namespace: at.namespace, name: 'asker', binding: 'corrected' });
    const refusal = await asker.next('a refusal', ({ status }) => status !== undefined && status >= 400);
    assert.equal(refusal.appid, undefined, JSON.stringify(refusal));
    const [before] = await assignmentsOf(world, 'asker');
    assert(before !== undefined && before.metadata.name !== inTheWay.name, JSON.stringify(before));

    await cluster.apply(azureIdentity(at, identity));
    const answer = await asker.next('a token', ({ status }) => status === 200);
    assert.equal(answer.appid, identity.clientId);
    const after = await assignmentsOf(world, 'asker');
    // The same object, written anew: nothing came off the machine.
    assert.deepEqual(
      after.map(({ metadata }) => metadata.uid),
      [before.metadata.uid],
    );
    await asker.stop();
    await cluster.deleteAndWait('AzureAssignedIdentity', inTheWay);
    await eventually(
      'the assignment to be gone',
      async () => (await assignmentsOf(world, 'asker')).length === 0,
      { withinMs: 90_000 },
    );
  },
  values: { mic: { unassignGracePeriod: '2s' } },
};

/** The AzureAssignedIdentities of a pod. */
async function assignmentsOf({ cluster }: World, pod: string): Promise<readonly ClusterObject[]> {
  const found = await cluster.list<ClusterObject & { readonly spec: { readonly pod?: string } }>(
    'AzureAssignedIdentity',
  );
  return found.filter(({ spec }) => spec.pod === pod);
}
