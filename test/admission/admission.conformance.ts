import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, mergePatch, type Answer } from '../conformance/harness/api.js';
import { startControlPlaneTarget } from '../conformance/harness/control-plane-target.js';
import { installCustomResources } from '../conformance/harness/custom-resources.js';
import type { Target } from '../conformance/harness/target.js';
import { vectorsOf } from '../vectors/vectors.js';
import { writtenObjects } from './arbitrary-objects.js';
import { inForce, installPolicies } from './policies.js';
import { reasonOfSchema, withoutNulls } from './schema-differences.js';
import { kinds, pathOf, readVerdict, verdictOfCore, verdictOfServer, wire, type Written } from './verdict.js';

let target: Target;
let api: Api;
beforeAll(async () => {
  target = await startControlPlaneTarget();
  api = new Api(target);
  await installCustomResources(api);
  await installPolicies(api, [
    'azureidentity.yaml',
    'azureidentitybinding.yaml',
    'azurepodidentityexception.yaml',
    'spelling.yaml',
  ]);
  for (const kind of kinds) {
    await inForce(async () => {
      const verdict = await verdictOfServer(api, { kind, spec: { Metadata: {} } });
      return verdict.by === 'policies' && verdict.problems.length > 0 && verdict.notes.length > 0;
    });
  }
});
afterAll(async () => {
  api.close();
  await target[Symbol.asyncDispose]();
});

/** Holds the server to what core says of an object. */
async function hold(written: Written): Promise<'taken' | 'refused' | 'refused by the schema'> {
  const [ours, theirs] = [verdictOfCore(withoutNulls(written)), await verdictOfServer(api, written)];
  if (theirs.by === 'schema') {
    if (ours.problems.length === 0) expect(reasonOfSchema(written), theirs.message).not.toBe(undefined);
    return 'refused by the schema';
  }
  const { problems, notes } = theirs;
  expect({ problems, notes }, JSON.stringify(written)).toEqual(ours);
  return problems.length === 0 ? 'taken' : 'refused';
}

const resourceID =
  '/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n';
const identity = { type: 0, resourceID, clientID: 'c' };

/** Every object of our kinds in the input of a vector. */
function objectsIn(json: unknown): Written[] {
  if (Array.isArray(json)) return json.flatMap(objectsIn);
  if (typeof json !== 'object' || json === null) return [];
  const { kind, spec, metadata } = json as {
    kind?: string;
    spec?: unknown;
    metadata?: { annotations?: Readonly<Record<string, string>> };
  };
  const found = kinds.find((one) => one === kind);
  if (found === undefined) return Object.values(json).flatMap(objectsIn);
  const annotations = metadata?.annotations;
  return [{ kind: found, spec, ...(annotations === undefined ? {} : { annotations }) }];
}

describe('the vectors', () => {
  const files = ['match', 'exceptions', 'select', 'diff', 'nmi-http', 'compute'] as const;
  const written = files.flatMap((file) =>
    vectorsOf<Readonly<Record<string, unknown>>, unknown>(file).flatMap(({ input }) => objectsIn(input)),
  );

  it('hold many objects, each of which the policies judge as core does', async () => {
    expect(written.length).toBeGreaterThan(100);
    const outcomes = new Set<string>();
    for (const one of written) outcomes.add(await hold(one));
    expect([...outcomes]).toContain('taken');
  }, 300_000);
});

describe('an object that the API server judges', () => {
  it.each<[string, Written, string]>([
    [
      'no resource ID',
      { kind: 'AzureIdentity', spec: { clientID: 'c' } },
      'spec.resourceID: is missing (write /subscriptions/{s}/resourcegroups/{rg}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name})',
    ],
    [
      'a type that does not exist',
      { kind: 'AzureIdentity', spec: { ...identity, type: 3 } },
      'spec.type: is 3 (write 0 (user-assigned identity), 1 (service principal with secret) or 2 (with certificate))',
    ],
    [
      'a misspelled annotation',
      {
        kind: 'AzureIdentity',
        spec: identity,
        annotations: { 'aadpodidentity.k8s.io/Behavior': 'Namespaced' },
      },
      'metadata.annotations["aadpodidentity.k8s.io/Behavior"]: has a value without meaning (write "namespaced", or remove it)',
    ],
    [
      'an unquoted number in an old spelling',
      { kind: 'AzureIdentityBinding', spec: { azureIdentity: 'i', Selector: 42 } },
      'spec.selector: is a number (write a string: "42")',
    ],
    [
      'an exception of no pod',
      { kind: 'AzurePodIdentityException', spec: { podLabels: {} } },
      'spec.podLabels: is empty, so it excepts no pod (write the labels of the pods to except)',
    ],
  ])('is refused with the words of core: %s', async (_title, written, problem) => {
    expect(await verdictOfServer(api, written)).toMatchObject({ by: 'policies', problems: [problem] });
    await hold(written);
  });

  it('is taken in an old spelling, with a warning that says what to write', async () => {
    const written: Written = {
      kind: 'AzureIdentity',
      spec: { Type: 0, ResourceID: resourceID, ClientID: 'c' },
    };
    const notes = ['ClientID', 'ResourceID', 'Type'].map(
      (name) => `spec.${name}: is an old spelling (write "${name[0]?.toLowerCase() ?? ''}${name.slice(1)}")`,
    );
    expect(await verdictOfServer(api, written)).toEqual({ by: 'policies', problems: [], notes });
  });

  it('is judged within the limits of cost, however large it is', async () => {
    const many = (count: number, value: unknown): Record<string, unknown> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]));
    await hold({ kind: 'AzureIdentity', spec: { ...identity, resourceID: `/${'x'.repeat(900_000)}` } });
    await hold({
      kind: 'AzureIdentity',
      spec: { ...identity, resourceID: `${resourceID}${'x'.repeat(1900)}` },
    });
    await hold({ kind: 'AzureIdentity', spec: { ...identity, ...many(10_000, 'v') } });
    await hold({
      kind: 'AzureIdentity',
      spec: { ...identity, auxiliaryTenantIDs: Array.from({ length: 5_000 }, () => 't') },
    });
    await hold({
      kind: 'AzureIdentityBinding',
      spec: { azureIdentity: 'i', selector: 's', ...many(10_000, 'v') },
    });
    await hold({ kind: 'AzurePodIdentityException', spec: { podLabels: many(1_000, 'v') } });
    await hold({ kind: 'AzurePodIdentityException', spec: { podLabels: many(20_000, 'v') } });
  }, 120_000);

  it('is refused in few words where there is more to say than an answer holds', async () => {
    const podLabels = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`k${index}`, 5]));
    const verdict = await verdictOfServer(api, {
      kind: 'AzurePodIdentityException',
      spec: { PodLabels: podLabels },
    });
    expect(verdict).toMatchObject({
      by: 'policies',
      problems: ['The AzurePodIdentityException has problems.'],
    });
  });

  it('is refused where core would report it, with its words, and taken elsewhere, whatever it is', async () => {
    const seed = Number(process.env['ADMISSION_SEED'] ?? 20261127);
    const count = Number(process.env['ADMISSION_OBJECTS'] ?? 600);
    const counts = { taken: 0, refused: 0, 'refused by the schema': 0 };
    const objects = fc.sample(writtenObjects, { seed, numRuns: count });
    const next = objects.values();
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (const written of next) counts[await hold(written)]++;
      }),
    );
    expect(counts.taken).toBeGreaterThan(count / 20);
    expect(counts.refused).toBeGreaterThan(count / 20);
  }, 1_200_000);
});

describe('an object that was there before the policies', () => {
  const path = pathOf('AzureIdentityBinding');
  const broken: Written = { kind: 'AzureIdentityBinding', spec: { azureIdentity: '', selector: 's' } };

  it('can still be changed in all but its spec, and be deleted', async () => {
    const binding =
      '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/aad-pod-identity-azureidentitybinding';
    const { body } = await api.get(binding);
    await api.delete(binding);
    const old = {
      ...wire(broken),
      metadata: { name: 'old', namespace: 'default', finalizers: ['test.example/f'] },
    };
    await inForce(async () => (await api.post(path, old)).status === 201);
    const { apiVersion, kind, metadata, spec } = body as {
      apiVersion: string;
      kind: string;
      metadata: { name: string };
      spec: object;
    };
    await api.created(binding.slice(0, binding.lastIndexOf('/')), {
      apiVersion,
      kind,
      metadata: { name: metadata.name },
      spec,
    });
    const patch = (what: object, part = ''): Promise<Answer> =>
      api.patch(`${path}/old${part}`, mergePatch, what);
    const otherSpec = { spec: { selector: 't' } };
    await inForce(async () => {
      const verdict = readVerdict(await patch(otherSpec, '?dryRun=All'));
      return verdict.by === 'policies' && verdict.problems.length > 0;
    });

    expect((await patch({ metadata: { labels: { a: 'b' } } })).status).toBe(200);
    expect(
      (await patch({ status: { conditions: [{ type: 'Ready', status: 'False' }] } }, '/status')).status,
    ).toBe(200);
    const refused = readVerdict(await patch(otherSpec));
    expect(refused).toMatchObject({
      by: 'policies',
      problems: [expect.stringContaining('spec.azureIdentity: is missing')],
    });
    expect((await api.delete(`${path}/old`)).status).toBe(200);
    expect((await patch({ metadata: { finalizers: [] } })).status).toBe(200);
    expect((await api.get(`${path}/old`)).status).toBe(404);
  });
});
