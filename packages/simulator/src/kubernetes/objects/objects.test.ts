import { describe, expect, it } from 'vitest';
import { patchTypes } from '../index.js';
import { configMap, installCustomResources, pod, refusal, testCluster } from '../testing/cluster.js';

const identities = 'azureidentities.aadpodidentity.k8s.io';
const assigned = 'azureassignedidentities.aadpodidentity.k8s.io';
const key = (name: string, namespace = 'default'): { name: string; namespace: string } => ({
  name,
  namespace,
});

describe('objects', () => {
  it('that are handed out cannot be changed by whom they are handed to', () => {
    const { api } = testCluster();
    const input = { metadata: { name: 'a', labels: { x: '1' } }, data: { k: 'v' } };
    const created = api.objects.create('configmaps', input);
    input.metadata.labels.x = '2';
    expect(() => Object.assign(created.metadata.labels ?? {}, { x: '3' })).toThrow(TypeError);
    expect(api.objects.get('configmaps', key('a')).metadata.labels).toEqual({ x: '1' });
  });

  it('are not overwritten from an old version, but by a patch that names none', () => {
    const { api } = testCluster();
    const created = api.objects.create('configmaps', configMap('a', { n: '1' }));
    api.objects.update('configmaps', { ...created, data: { n: '2' } });
    expect(refusal(() => api.objects.update('configmaps', { ...created, data: { n: '3' } })).reason).toBe(
      'Conflict',
    );
    const patched = api.objects.patch('configmaps', key('a'), {
      type: patchTypes.merge,
      body: { data: { m: '1' } },
    });
    expect(patched['data']).toEqual({ n: '2', m: '1' });
    const stale = { metadata: { resourceVersion: created.metadata.resourceVersion } };
    expect(
      refusal(() => api.objects.patch('configmaps', key('a'), { type: patchTypes.merge, body: stale })).code,
    ).toBe(409);
  });

  it('are only looked at in a dry run', () => {
    const { api } = testCluster();
    const { resourceVersion } = api.objects.list('configmaps');
    const shown = api.objects.create('configmaps', configMap('a'), { dryRun: true });
    expect(shown.metadata.uid).toBeDefined();
    expect(shown.metadata.resourceVersion).toBeUndefined();
    expect(api.objects.list('configmaps')).toEqual({ items: [], resourceVersion });
  });

  it('take the status of a kind with a subresource there only', () => {
    const { api } = testCluster();
    installCustomResources(api);
    const object = { metadata: { name: 'i' }, spec: { type: 0 }, status: { conditions: [] } };
    const created = api.objects.create(identities, object);
    expect(created['status']).toBeUndefined();
    const body = { spec: { type: 1 }, status: { x: 1 } };
    const ready = api.objects.patch(
      identities,
      key('i'),
      { type: patchTypes.merge, body },
      { subresource: 'status' },
    );
    expect(ready['spec']).toEqual({ type: 0 });
    expect(ready['status']).toEqual({ x: 1 });
    expect(ready.metadata.generation).toBe(1);
  });

  it('of AzureAssignedIdentity take their status with the rest', () => {
    const { api } = testCluster();
    installCustomResources(api);
    api.objects.create(assigned, { metadata: { name: 'a' }, spec: {}, status: { status: 'Created' } });
    const body = { status: { status: 'Assigned' } };
    const patched = api.objects.patch(assigned, key('a'), { type: patchTypes.merge, body });
    expect(patched['status']).toEqual({ status: 'Assigned' });
  });

  it('of custom kinds keep the old spellings in their spec', () => {
    const { api } = testCluster();
    installCustomResources(api);
    const spec = { type: 0, ResourceID: '/x', ClientID: 'y', ClientPassword: { Name: 'z' } };
    expect(api.objects.create(identities, { metadata: { name: 'old' }, spec })['spec']).toEqual(spec);
  });

  it('of custom kinds need not be valid where only we know what is', () => {
    const { api } = testCluster();
    installCustomResources(api);
    const spec = { type: 7, resourceID: 'nonsense' };
    expect(api.objects.create(identities, { metadata: { name: 'odd' }, spec })['spec']).toEqual(spec);
  });

  it('of an unknown resource are not found', () => {
    const { api } = testCluster();
    expect(refusal(() => api.objects.list('unheardof.example.com')).code).toBe(404);
  });
});

describe('a deletion', () => {
  it('waits for finalizers', () => {
    const { api } = testCluster();
    const held = { metadata: { name: 'a', finalizers: ['example.com/hold'] } };
    api.objects.create('configmaps', held);
    expect(api.objects.delete('configmaps', key('a')).gone).toBe(false);
    api.objects.patch('configmaps', key('a'), {
      type: patchTypes.merge,
      body: { metadata: { finalizers: null } },
    });
    expect(api.objects.find('configmaps', key('a'))).toBeUndefined();
  });

  it('holds to its preconditions', () => {
    const { api } = testCluster();
    const { metadata } = api.objects.create('configmaps', configMap('a'));
    for (const preconditions of [{ uid: 'other' }, { resourceVersion: '1' }]) {
      expect(refusal(() => api.objects.delete('configmaps', key('a'), { preconditions })).code).toBe(409);
    }
    const { uid, resourceVersion } = metadata;
    expect(api.objects.delete('configmaps', key('a'), { preconditions: { uid, resourceVersion } }).gone).toBe(
      true,
    );
  });

  it('of a pod on a node takes the time that it is given, and never more than at first', () => {
    const { api } = testCluster();
    api.objects.create('pods', pod('p', { node: 'n1' }));
    const end = (seconds?: number): (string | number | undefined)[] => {
      const { object } = api.objects.delete('pods', key('p'), { gracePeriodSeconds: seconds });
      return [object.metadata.deletionTimestamp, object.metadata.deletionGracePeriodSeconds];
    };
    expect(end()).toEqual(['2026-01-01T00:00:30Z', 30]);
    expect(end(60)).toEqual(['2026-01-01T00:00:30Z', 30]);
    expect(end(10)).toEqual(['2026-01-01T00:00:10Z', 10]);
    expect(api.objects.delete('pods', key('p'), { gracePeriodSeconds: 0 }).gone).toBe(true);
  });

  it('whose time is over leaves the node a second', async () => {
    const { api, clock } = testCluster();
    api.objects.create('pods', pod('p', { node: 'n1' }));
    api.objects.delete('pods', key('p'));
    await clock.advance(20_000);
    const { object } = api.objects.delete('pods', key('p'), { gracePeriodSeconds: 5 });
    expect(object.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:20Z',
      deletionGracePeriodSeconds: 1,
    });
  });

  it('of a pod without a node, or one that has finished, is done at once', () => {
    const { api } = testCluster();
    api.objects.create('pods', pod('waiting'));
    expect(api.objects.delete('pods', key('waiting')).gone).toBe(true);
    api.objects.create('pods', pod('done', { node: 'n1' }));
    const body = { status: { phase: 'Succeeded' } };
    api.objects.patch('pods', key('done'), { type: patchTypes.merge, body }, { subresource: 'status' });
    expect(api.objects.delete('pods', key('done')).gone).toBe(true);
  });

  it('of a collection takes what is selected', () => {
    const { api } = testCluster();
    for (const name of ['a', 'b', 'c']) api.objects.create('configmaps', configMap(name));
    api.objects.deleteCollection('configmaps', { namespace: 'default', fieldSelector: 'metadata.name!=b' });
    expect(api.objects.list('configmaps').items.map((item) => item.metadata.name)).toEqual(['b']);
  });
});

describe('a namespace', () => {
  it('has a ServiceAccount, which comes back when it is deleted', () => {
    const { api } = testCluster();
    const { uid } = api.objects.get('serviceaccounts', key('default')).metadata;
    api.objects.delete('serviceaccounts', key('default'));
    expect(api.objects.get('serviceaccounts', key('default')).metadata.uid).not.toBe(uid);
  });

  it('goes with all that is in it', () => {
    const { api } = testCluster();
    api.objects.create('namespaces', { metadata: { name: 'n' } });
    api.objects.create('pods', { ...pod('p'), metadata: { name: 'p', namespace: 'n' } });
    api.objects.delete('namespaces', { name: 'n' });
    expect(api.objects.find('namespaces', { name: 'n' })).toBeUndefined();
    expect(api.objects.list('pods', { namespace: 'n' }).items).toEqual([]);
    expect(
      refusal(() => api.objects.create('pods', { ...pod('p'), metadata: { name: 'p', namespace: 'n' } }))
        .code,
    ).toBe(404);
  });

  it('stays while something in it is held, and takes nothing new', () => {
    const { api } = testCluster();
    api.objects.create('namespaces', { metadata: { name: 'n' } });
    api.objects.create('pods', { ...pod('p', { node: 'n1' }), metadata: { name: 'p', namespace: 'n' } });
    api.objects.delete('namespaces', { name: 'n' });
    expect(api.objects.get('namespaces', { name: 'n' })['status']).toEqual({ phase: 'Terminating' });
    expect(
      refusal(() => api.objects.create('configmaps', { metadata: { name: 'late', namespace: 'n' } })).code,
    ).toBe(403);
    api.objects.delete('pods', key('p', 'n'), { gracePeriodSeconds: 0 });
    expect(api.objects.find('namespaces', { name: 'n' })).toBeUndefined();
  });
});

describe('a CustomResourceDefinition', () => {
  const crds = 'customresourcedefinitions.apiextensions.k8s.io';

  it('serves its kind at once, and takes it along when it goes', () => {
    const { api } = testCluster();
    installCustomResources(api);
    api.objects.create(identities, { metadata: { name: 'i' }, spec: {} });
    const crd = api.objects.get(crds, { name: identities });
    expect(crd['status']).toMatchObject({ acceptedNames: { shortNames: ['azid'] }, storedVersions: ['v1'] });
    api.objects.delete(crds, { name: identities });
    expect(refusal(() => api.objects.list(identities)).code).toBe(404);
    const { uid: _uid, resourceVersion: _version, ...metadata } = crd.metadata;
    api.objects.create(crds, { ...crd, metadata });
    expect(api.objects.list(identities).items).toEqual([]);
  });

  it('of a protected group must say why', () => {
    const { api } = testCluster();
    installCustomResources(api);
    const { spec } = api.objects.get(crds, { name: identities });
    api.objects.delete(crds, { name: identities });
    const create = (annotations: Record<string, string>): unknown =>
      api.objects.create(crds, { metadata: { name: identities, annotations }, spec });
    expect(refusal(() => create({})).details?.causes).toMatchObject([
      { reason: 'FieldValueRequired', field: 'metadata.annotations[api-approved.kubernetes.io]' },
    ]);
    expect(refusal(() => create({ 'api-approved.kubernetes.io': 'because' })).code).toBe(422);
    create({ 'api-approved.kubernetes.io': 'unapproved' });
  });
});
