import { ASSIGNED_IDENTITY_FINALIZER, type AzureAssignedIdentity } from '@aad-pod-identity/core';
import type { Connection, KubernetesRequest } from '@aad-pod-identity/kubernetes';
import { expect, it } from 'vitest';
import { kubernetesCluster } from './kubernetes-cluster.js';
import { MicWorld } from './testing/mic-world.js';
import { binding, identity, instanceNode, pod } from './testing/objects.js';

/** An object as MIC knows it, with these finalizers. */
async function known(finalizers: readonly string[], deleting = false): Promise<AzureAssignedIdentity> {
  const world = new MicWorld().nodes(instanceNode('ss', 0)).identities(identity('id'));
  await world
    .bindings(binding('b', 'id', 'app'))
    .pods(pod('p', 'app', 'ss-0'))
    .start()
    .pass(1_000);
  const [object] = world.cluster.objects.values();
  if (object === undefined) throw new Error('no object');
  return { ...object, finalizers, deleting };
}

/** What is sent of the metadata when that status is written. */
async function sentFor(assigned: AzureAssignedIdentity, status: 'Created' | 'Assigned' | 'Unassigned') {
  const requests: KubernetesRequest[] = [];
  const connection: Connection = {
    server: 'https://kubernetes.invalid',
    request: async (request) => {
      requests.push(request);
      return { status: 200, headers: {}, json: async () => ({}), lines: async function* () {} };
    },
    close: async () => undefined,
  };
  const cluster = kubernetesCluster({
    connection,
    events: { record: () => undefined },
  });
  await cluster.update(assigned, { status }).catch(() => undefined);
  return (requests[0]?.body as { metadata: { finalizers?: string[] } }).metadata.finalizers;
}

it.each(['Created', 'Assigned'] as const)('a status of %s brings back the finalizer', async (status) => {
  expect(await sentFor(await known(['theirs']), status)).toEqual(['theirs', ASSIGNED_IDENTITY_FINALIZER]);
});

it('a status leaves finalizers alone that need nothing', async () => {
  expect(await sentFor(await known(['theirs', ASSIGNED_IDENTITY_FINALIZER]), 'Assigned')).toBeUndefined();
  expect(await sentFor(await known([]), 'Unassigned')).toBeUndefined();
  expect(await sentFor(await known([], true), 'Assigned')).toBeUndefined();
});
