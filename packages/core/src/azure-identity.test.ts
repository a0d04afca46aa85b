import { describe, expect, it } from 'vitest';
import { decodeAzureIdentity, isNamespaced, type AzureIdentity } from './azure-identity.js';
import type { Decoded } from './decoded.js';

const RESOURCE =
  '/subscriptions/s/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Id';

function decode(spec: unknown, annotations: unknown = {}): Decoded<AzureIdentity> & { value: AzureIdentity } {
  const decoded = decodeAzureIdentity({ metadata: { namespace: 'a', name: 'i', annotations }, spec });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  return decoded;
}

describe('decodeAzureIdentity', () => {
  it('reads every field', () => {
    const spec = {
      type: 2,
      resourceID: RESOURCE,
      clientID: 'c',
      clientPassword: { name: 'secret', namespace: 'vault' },
      tenantID: 't',
      auxiliaryTenantIDs: ['t2'],
      adResourceID: 'https://r/',
      adEndpoint: 'https://login/',
      replicas: 1,
    };
    const { value, problems } = decode(spec);
    expect(value).toMatchObject({ namespace: 'a', name: 'i', spec });
    expect(value.resource?.key).toBe(RESOURCE.toLowerCase());
    expect(problems).toEqual([]);
  });

  it('reads the spellings from before v1.6 and says what to write', () => {
    const { value, problems } = decode({
      type: 0,
      ResourceID: RESOURCE,
      CLIENTID: 'c',
      ClientPassword: { Name: 'secret', namespace: 'vault' },
    });
    expect(value.spec).toMatchObject({
      resourceID: RESOURCE,
      clientID: 'c',
      clientPassword: { name: 'secret', namespace: 'vault' },
    });
    expect(problems).toContainEqual({
      path: 'spec.ResourceID',
      message: 'is an old spelling',
      fix: 'write "resourceID"',
    });
    expect(problems).toHaveLength(4);
  });

  it('prefers the canonical spelling, even an empty or wrong one', () => {
    const { value, problems } = decode({
      clientID: '',
      ClientID: 'old',
      resourceID: 7,
      ResourceID: RESOURCE,
    });
    expect(value.spec).toMatchObject({ clientID: '', resourceID: '' });
    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['spec.ClientID', 'spec.ResourceID', 'spec.resourceID']),
    );
  });

  it('takes null for absent', () => {
    expect(decode({ clientID: null, ClientID: 'old' }).value.spec.clientID).toBe('old');
  });

  it.each([
    [{ type: 3 }, 'spec.type'],
    [{ type: '0' }, 'spec.type'],
    [{ type: 0.5 }, 'spec.type'],
    [{ type: 0, resourceID: 'x' }, 'spec.resourceID'],
    [{}, 'spec.resourceID'],
  ])('reports %j once, at %s', (spec, path) => {
    const { problems } = decode({ clientID: 'c', ...spec });
    expect(problems.map((problem) => problem.path)).toEqual([path]);
  });

  it('takes an absent type for 0, and one that does not exist for none', () => {
    expect(decode({}).value.spec.type).toBe(0);
    expect(decode({ type: 9 }).value.spec.type).toBeUndefined();
  });

  it('is namespaced by the exact annotation only', () => {
    const key = 'aadpodidentity.k8s.io/Behavior';
    expect(isNamespaced(decode({}, { [key]: 'namespaced' }).value)).toBe(true);
    const other = decode({ type: 1, clientID: 'c' }, { [key]: 'Namespaced' });
    expect(isNamespaced(other.value)).toBe(false);
    expect(other.problems).toEqual([
      {
        path: 'metadata.annotations["aadpodidentity.k8s.io/Behavior"]',
        message: 'has a value without meaning',
        fix: 'write "namespaced", or remove it',
      },
    ]);
  });

  it('keeps of the annotations only our own', () => {
    const { annotations } = decode({}, { 'kubectl.kubernetes.io/last-applied-configuration': 'long' }).value;
    expect(annotations).toEqual({});
  });
});
