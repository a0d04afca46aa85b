/**
 * The fixture of a cluster that the original has run, on the real cluster.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { podPhaseAnnotation } from '@aad-pod-identity/simulator';
import { parseAllDocuments } from 'yaml';
import { originalWorld } from '../../take-over/original-cluster.js';
import { eventually } from '../../eventually.js';
import type { ClusterObject, Kind } from '../world/cluster.js';
import type { World } from '../world/world.js';

const folder = join(import.meta.dirname, '..', '..', 'take-over');

async function documents(file: string): Promise<readonly ClusterObject[]> {
  return parseAllDocuments(await readFile(join(folder, file), 'utf8')).map(
    (one) => one.toJS() as ClusterObject,
  );
}

/** Azure as the fixture takes it to be: its identities, its machines, and what is attached to them. */
export async function originalAzure({ azure, cluster }: World): Promise<void> {
  const { populate, machines } = azure.simulator;
  for (const identity of originalWorld.identities ?? []) {
    populate.identity(identity);
    populate.roleAssignment({ principal: 'mic', role: 'Managed Identity Operator', scope: identity.name });
  }
  for (const seed of originalWorld.virtualMachines ?? []) {
    const { id } = await machines.addVirtualMachine(seed);
    // Nobody plays their kubelets: their pods are only objects.
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: seed.name },
      spec: { providerID: `azure://${id}` },
    });
  }
  for (const name of originalWorld.scaleSets?.[0]?.userAssigned ?? []) {
    const identity = azure.simulator.azure.identities.list().find((one) => one.name === name);
    await azure.attach('pool', identity?.id ?? '');
  }
}

/** The definitions that the original installs; resolves when they are served. */
export async function originalDefinitions({ cluster }: World): Promise<void> {
  await cluster.apply(...(await documents('crds.yaml')));
  await eventually('the definitions of the original to be served', async () => {
    for (const kind of ['AzureIdentity', 'AzureIdentityBinding', 'AzureAssignedIdentity'] as const)
      await cluster.list(kind);
    return true;
  });
}

/** Everything of the fixture, as the original left it. */
export async function originalObjects(world: World): Promise<void> {
  for (const file of ['settled.yaml', 'interrupted.yaml']) {
    for (const object of await documents(file)) await create(world, object);
  }
}

async function create({ cluster }: World, object: ClusterObject): Promise<void> {
  const { metadata } = object;
  switch (object.kind) {
    case 'AzureAssignedIdentity': {
      const { deletionTimestamp, ...rest } = metadata;
      const spec: Record<string, unknown> = { ...(object['spec'] as object) };
      for (const field of ['azureIdentityRef', 'azureBindingRef'])
        spec[field] = await embedded(cluster, spec[field] as ClusterObject);
      await cluster.create({ ...object, metadata: rest, spec });
      if (deletionTimestamp !== undefined) await cluster.delete('AzureAssignedIdentity', rest);
      return;
    }
    case 'Pod': {
      await eventually('a service account', () =>
        cluster.get('ServiceAccount', { namespace: metadata.namespace ?? '', name: 'default' }),
      );
      await cluster.create(object);
      const phase = metadata.annotations?.[podPhaseAnnotation];
      if (phase !== undefined) await cluster.patch('Pod', metadata, { status: { phase } }, '/status');
      return;
    }
    default:
      await cluster.apply(object);
  }
}

/** The object as it was copied: with the UID of the real one and, where it says `current`, its version. */
async function embedded(cluster: World['cluster'], copy: ClusterObject): Promise<ClusterObject> {
  const found = await cluster.get(copy.kind as Kind, copy.metadata);
  const { uid, resourceVersion: current } = found?.metadata ?? {};
  const { resourceVersion } = copy.metadata;
  const version = resourceVersion === 'current' ? current : resourceVersion;
  return {
    ...copy,
    metadata: {
      ...copy.metadata,
      ...(uid !== undefined && { uid }),
      ...(version !== undefined && { resourceVersion: version }),
    },
  };
}
