/**
 * A cluster as the original, v1.8.17, leaves it, in the simulator.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { defaultWorld, type Simulator, type WorldSeed } from '@aad-pod-identity/simulator';
import { parseAllDocuments } from 'yaml';

/** An object as the fixtures hold it. */
interface FixtureObject {
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

type Metadata = Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace?: string };
type Objects = Simulator['kubernetes']['objects'];

const resources: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ConfigMap: 'configmaps',
  Node: 'nodes',
  Pod: 'pods',
  AzureIdentity: 'azureidentities.aadpodidentity.k8s.io',
  AzureIdentityBinding: 'azureidentitybindings.aadpodidentity.k8s.io',
  AzureAssignedIdentity: 'azureassignedidentities.aadpodidentity.k8s.io',
};

const clientIds = { web: 'aa', db: 'bb', private: 'dd', queue: 'e1', mail: 'e2', old: 'e3', lost: 'e4' };
const operated = Object.keys(clientIds);

/** Azure as the fixtures take it to be. MIC may attach each of the identities. */
export const originalWorld: WorldSeed = {
  ...defaultWorld,
  identities: Object.entries(clientIds).map(([name, end]) => ({
    name,
    clientId: `00000000-0000-4000-8000-0000000000${end}`,
  })),
  virtualMachines: [
    { name: 'vm-0', systemAssigned: true, userAssigned: ['web'] },
    { name: 'vm-1', userAssigned: ['mail', 'old', 'lost'] },
  ],
  scaleSets: [{ name: 'pool', instances: 3, userAssigned: ['db', 'private'] }],
  roleAssignments: [
    ...(defaultWorld.roleAssignments ?? []),
    ...operated.map((scope) => ({ principal: 'mic', role: 'Managed Identity Operator', scope })),
  ],
};

async function documents(file: string): Promise<object[]> {
  const text = await readFile(new URL(file, import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as object);
}

/** The custom resource definitions that the original installs. */
export function originalCrds(): Promise<object[]> {
  return documents('crds.yaml');
}

/** Creates the objects of the fixtures, each file's in its order. */
export async function createOriginalCluster(
  { kubernetes: { objects } }: Pick<Simulator, 'kubernetes'>,
  ...files: readonly ('settled' | 'interrupted' | 'old-spellings')[]
): Promise<void> {
  for (const file of files) {
    for (const object of (await documents(`${file}.yaml`)) as FixtureObject[]) create(objects, object);
  }
}

function create(objects: Objects, object: FixtureObject): void {
  const resource = resources[object.kind];
  if (resource === undefined) throw new Error(`the fixture holds a ${object.kind}`);
  if (object.kind !== 'AzureAssignedIdentity') {
    objects.create(resource, object);
    return;
  }
  const { deletionTimestamp, ...metadata } = object.metadata;
  const spec = Object.entries(object.spec ?? {}).map(([field, value]) =>
    field.endsWith('Ref') ? [field, embedded(objects, value as FixtureObject)] : [field, value],
  );
  objects.create(resource, { ...object, metadata, spec: Object.fromEntries(spec) as object });
  if (deletionTimestamp !== undefined) objects.delete(resource, metadata);
}

/** The object as it was copied: with the UID of the real one and, where it says `current`, its version. */
function embedded(objects: Objects, copy: FixtureObject): FixtureObject {
  const { name, namespace, resourceVersion } = copy.metadata;
  const { uid, resourceVersion: current } = objects.get(resources[copy.kind] ?? '', {
    name,
    namespace,
  }).metadata;
  const version = resourceVersion === 'current' ? current : resourceVersion;
  return { ...copy, metadata: { ...copy.metadata, uid, resourceVersion: version } };
}
