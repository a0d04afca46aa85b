import type { Cluster, ClusterObject } from './cluster.js';
import { readManifest, type Manifest, type ManifestVariables } from './manifest-files.js';
import type { Pod } from './pod-program.js';
import type { RunningSimulator } from './programs.js';
import type { AzurePeople } from './simulated-azure.js';
import type { Stage } from './stage.js';
import type { Story } from './story.js';

const identityName = 'demo-identity';

/** The part of the story in Azure: an identity is created, and the two roles that it takes are granted. */
export async function prepareAzure(
  story: Story,
  { owner, micPrincipalId }: AzurePeople,
  simulator: RunningSimulator,
): Promise<ManifestVariables> {
  const { subscriptionId, resourceGroup } = simulator;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const identity = await story.step(
    `identity ${identityName} created in Azure`,
    () => owner.createIdentity(group, identityName, 'westeurope'),
    ({ id }) => [id],
  );
  await story.step('Managed Identity Operator granted to MIC on the identity', () =>
    owner.grant('Managed Identity Operator', identity.id, micPrincipalId),
  );
  await story.step('Reader granted to the identity on the resource group', () =>
    owner.grant('Reader', group, identity.principalId),
  );
  return {
    SUBSCRIPTION_ID: subscriptionId,
    RESOURCE_GROUP: resourceGroup,
    IDENTITY_RESOURCE_ID: identity.id,
    IDENTITY_CLIENT_ID: identity.clientId,
    DEMO_IMAGE: 'registry.example.com/aad-pod-identity/demo:0.1.0',
  };
}

/** The part of the story in the cluster, but for the binding: the identity is declared, and two pods run. */
export async function prepareCluster(
  story: Story,
  cluster: Cluster,
  variables: ManifestVariables,
  stage: Stage,
): Promise<{ granted: Pod; refused: Pod }> {
  await story.step('AzureIdentity applied', async () => {
    await cluster.create(readManifest('namespace.yaml', variables));
    await cluster.create(readManifest('azureidentity.yaml', variables));
  });
  return story.step(
    'two pods applied, and running',
    async () => {
      const [granted, refused] = ['pod-granted.yaml', 'pod-refused.yaml'].map((file) =>
        withAnnotations(readManifest(file, variables), stage),
      ) as [Manifest, Manifest];
      await cluster.create(granted);
      await cluster.create(refused);
      return { granted: await runningPod(cluster, granted), refused: await runningPod(cluster, refused) };
    },
    (pods) =>
      Object.values(pods).map(({ manifest, address }) => {
        const { name, labels } = manifest.metadata;
        const label = labels?.['aadpodidbinding'];
        return `${name} at ${address}, ${label === undefined ? 'without the label' : `label aadpodidbinding=${label}`}`;
      }),
  );
}

function withAnnotations(manifest: Manifest, stage: Stage): Manifest {
  const annotations = stage.podAnnotations(manifest.metadata.name);
  return Object.keys(annotations).length === 0
    ? manifest
    : { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

async function runningPod(cluster: Cluster, manifest: Manifest): Promise<Pod> {
  const { name } = manifest.metadata;
  const address = await cluster.until(`pod ${name} to run`, 'Pod', ({ objects }) =>
    addressOf(objects.find((pod) => pod.metadata.name === name)),
  );
  return { manifest, address };
}

function addressOf(pod: ClusterObject | undefined): string | undefined {
  const address = pod?.status?.['podIP'];
  return pod?.status?.['phase'] === 'Running' && typeof address === 'string' ? address : undefined;
}
