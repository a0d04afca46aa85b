import { eventually } from '../../test/eventually.js';
import type { AzureAdministrator } from './azure-administrator.js';
import type { Cluster, Watched } from './cluster.js';
import { readManifest, type ManifestVariables } from './manifest-files.js';
import {
  refusalOf,
  runDemoProgram,
  runStockClient,
  type DemoReport,
  type Pod,
  type Refusal,
} from './pod-program.js';
import type { Cast } from './programs.js';
import { nodeName, type Endpoints, type Setting } from './stage.js';
import type { Story } from './story.js';

/** Everything that the acts of the story work with. */
export interface Scene {
  readonly story: Story;
  readonly cast: Cast;
  readonly cluster: Cluster;
  /** Somebody who owns the subscription. */
  readonly owner: AzureAdministrator;
  readonly variables: ManifestVariables;
  readonly endpoints: Endpoints;
}

const bindingFile = 'azureidentitybinding.yaml';

/** A binding is applied, and the identity comes to the node. */
export async function bind(scene: Scene): Promise<void> {
  const { story, cluster, variables } = scene;
  await cluster.watch('AzureAssignedIdentity');
  await story.step('AzureIdentityBinding applied', () =>
    cluster.create(readManifest(bindingFile, variables)),
  );
  await story.step(
    'AzureAssignedIdentity is Created',
    () =>
      cluster.until('an AzureAssignedIdentity', 'AzureAssignedIdentity', (watched) =>
        assigned(watched, 'Created'),
      ),
    (name) => [name],
  );
  await story.step(`identity is on VM ${nodeName}`, () => untilAttached(scene, true));
  await story.step('AzureAssignedIdentity is Assigned', () =>
    cluster.until('its state Assigned', 'AzureAssignedIdentity', (watched) => assigned(watched, 'Assigned')),
  );
}

/** The granted pod lists VMs with the identity. */
export async function useIdentity(scene: Scene, pod: Pod): Promise<readonly string[]> {
  const { virtualMachines } = await scene.story.step(
    `pod ${pod.manifest.metadata.name} gets a token and lists VMs`,
    () => listVirtualMachines(scene, pod, asPod(scene, pod)),
    describeSuccess,
  );
  return virtualMachines;
}

/** So does its node, which asks NMI for a token of the pod. */
export async function useHostToken(scene: Scene, pod: Pod): Promise<void> {
  const { namespace = 'default', name } = pod.manifest.metadata;
  const { prefix, demoArguments } = scene.cast.stage.asNode(scene.endpoints);
  await scene.story.step(
    `the node gets a token for pod ${name} (/host/token), and lists VMs`,
    () =>
      listVirtualMachines(scene, pod, {
        prefix,
        demoArguments: [...demoArguments, `--host-token-for=${namespace}/${name}`],
      }),
    describeSuccess,
  );
}

type Success = DemoReport & { readonly virtualMachines: readonly string[] };

async function listVirtualMachines({ cast }: Scene, pod: Pod, setting: Setting): Promise<Success> {
  const { code, report } = await runDemoProgram(cast, pod, setting);
  const listed = report.virtualMachines;
  if (code !== 0 || !Array.isArray(listed) || listed.length === 0) {
    throw new Error(`it said: ${JSON.stringify(report)}`);
  }
  return { ...report, virtualMachines: listed as readonly string[] };
}

function describeSuccess({ token, virtualMachines, instance }: Success): string[] {
  return [
    `token of ${token.clientId ?? '?'} for ${token.resource ?? '?'}, redacted, until ${token.expiresOn ?? '?'}`,
    `VMs: ${virtualMachines.join(', ')}`,
    `it runs on ${instance.name ?? '?'} in ${instance.location ?? '?'}`,
  ];
}

/** So does the stock credential of the Azure SDK, in the same pod. */
export async function useStockClient(scene: Scene, pod: Pod): Promise<void> {
  const { story, cast, variables } = scene;
  await story.step(
    `ManagedIdentityCredential of the Azure SDK gets one too, in pod ${pod.manifest.metadata.name}`,
    () => runStockClient(cast, pod, asPod(scene, pod), variables.IDENTITY_CLIENT_ID),
    ({ expiresOn, characters }) => [`token of ${characters} characters, redacted, until ${expiresOn}`],
  );
}

/** The other pod asks for the same identity and is refused. */
export async function refuse(scene: Scene, pod: Pod): Promise<Refusal> {
  const { story, cast } = scene;
  return story
    .step(
      `pod ${pod.manifest.metadata.name} is refused`,
      async () => refusalOf(await runDemoProgram(cast, pod, asPod(scene, pod))),
      describeRefusal,
    )
    .then(withoutDescription);
}

/** The binding is deleted: the pod that had the identity is refused, and the identity leaves the VM. */
export async function unbind(scene: Scene, pod: Pod): Promise<Refusal> {
  const { story, cast, cluster, variables } = scene;
  const { metadata } = readManifest(bindingFile, variables);
  await story.step('AzureIdentityBinding deleted', async () => {
    await cluster.delete('AzureIdentityBinding', metadata);
    await cluster.until(
      'the AzureAssignedIdentity to be unassigned',
      'AzureAssignedIdentity',
      ({ objects }) => (objects.some(({ status }) => status?.['status'] === 'Assigned') ? undefined : true),
    );
  });
  const refusal = await story.step(
    `pod ${pod.manifest.metadata.name} is refused from now on`,
    async () => refusalOf(await runDemoProgram(cast, pod, asPod(scene, pod))),
    describeRefusal,
  );
  await story.step(`identity is off VM ${nodeName}, and the AzureAssignedIdentity gone`, async () => {
    await untilAttached(scene, false);
    await cluster.until('the AzureAssignedIdentity to go', 'AzureAssignedIdentity', ({ objects }) =>
      objects.length === 0 ? true : undefined,
    );
  });
  return withoutDescription(refusal);
}

function asPod({ cast, endpoints }: Scene, { manifest, address }: Pod): Setting {
  return cast.stage.asPod(manifest.metadata.name, address, endpoints);
}

function assigned({ seen }: Watched, state: string): string | undefined {
  return seen.find(({ status }) => status?.['status'] === state)?.metadata.name;
}

/** Resolves once the VM has the identity, or has it no longer. */
async function untilAttached({ cast, owner, variables }: Scene, wanted: boolean): Promise<void> {
  const { SUBSCRIPTION_ID, RESOURCE_GROUP, IDENTITY_RESOURCE_ID } = variables;
  const group = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/${RESOURCE_GROUP}`;
  const virtualMachine = `${group}/providers/Microsoft.Compute/virtualMachines/${nodeName}`;
  const { signal, milliseconds: withinMs } = cast.patience;
  await eventually(
    wanted ? 'the identity on the VM' : 'the identity to leave the VM',
    async () => {
      const attached = await owner.identitiesOf(virtualMachine);
      return attached?.includes(IDENTITY_RESOURCE_ID.toLowerCase()) === wanted;
    },
    { signal, withinMs },
  );
}

function describeRefusal({
  status,
  error,
  reason,
  description,
}: Refusal & { description: string }): string[] {
  return [`${status} ${error}, reason ${reason}`, description];
}

function withoutDescription({ status, error, reason }: Refusal): Refusal {
  return { status, error, reason };
}
