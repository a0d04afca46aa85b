import { describe, expect, it } from 'vitest';
import { type Api } from '../harness/api.js';
import { apiVersion, group } from '../harness/objects.js';

interface Resource {
  name: string;
  [field: string]: unknown;
}

/** What kubectl sends. */
const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What a server says that it serves: how kubectl turns a word into a path. */
export function discovery(api: Api): void {
  it('/version names a Kubernetes release', async () => {
    const answer = await api.get('/version');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      major: '1',
      minor: expect.stringMatching(/^\d+$/),
      gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/),
      gitTreeState: 'clean',
      platform: expect.stringMatching(/^\w+\/\w+$/),
    });
  });

  it('/api lists the versions of the core group', async () => {
    const answer = await api.get('/api');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  it('/apis lists the groups, each with its preferred version', async () => {
    const answer = await api.get('/apis');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ kind: 'APIGroupList', apiVersion: 'v1' });
    const version = (name: string): object => {
      const preferred = { groupVersion: `${name}/v1`, version: 'v1' };
      return { name, versions: [preferred], preferredVersion: preferred };
    };
    for (const name of [group, 'coordination.k8s.io', 'authentication.k8s.io', 'apiextensions.k8s.io']) {
      expect(answer.body.groups).toContainEqual(version(name));
    }
  });

  it('a group answers for itself', async () => {
    const preferred = { groupVersion: apiVersion, version: 'v1' };
    const answer = await api.get(`/apis/${group}`);
    expect(answer.body).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: group,
      versions: [preferred],
      preferredVersion: preferred,
    });
  });

  describe('a version lists its resources', () => {
    const resources = async (path: string): Promise<Map<string, Resource>> => {
      const { body } = await api.get(path);
      expect(body.kind).toBe('APIResourceList');
      return new Map(
        body.resources.map(({ verbs, storageVersionHash: _, ...rest }: Resource) => [
          rest['name'],
          { ...rest, verbs: [...(verbs as string[])].sort() },
        ]),
      );
    };

    it('of the core group', async () => {
      const found = await resources('/api/v1');
      expect(found.get('pods')).toEqual({
        name: 'pods',
        singularName: 'pod',
        namespaced: true,
        kind: 'Pod',
        verbs: all,
        shortNames: ['po'],
        categories: ['all'],
      });
      expect(found.get('nodes')).toMatchObject({
        singularName: 'node',
        namespaced: false,
        kind: 'Node',
        verbs: all,
        shortNames: ['no'],
      });
      expect(found.get('namespaces')).toMatchObject({
        namespaced: false,
        kind: 'Namespace',
        shortNames: ['ns'],
      });
      expect(found.get('configmaps')).toMatchObject({
        namespaced: true,
        kind: 'ConfigMap',
        shortNames: ['cm'],
      });
      expect(found.get('secrets')).toMatchObject({ namespaced: true, kind: 'Secret', verbs: all });
      expect(found.get('serviceaccounts')).toMatchObject({ kind: 'ServiceAccount', shortNames: ['sa'] });
      expect(found.get('events')).toMatchObject({ kind: 'Event', shortNames: ['ev'] });
      expect(found.get('pods/status')).toMatchObject({ kind: 'Pod', verbs: ['get', 'patch', 'update'] });
      expect(found.get('serviceaccounts/token')).toEqual({
        name: 'serviceaccounts/token',
        singularName: '',
        namespaced: true,
        group: 'authentication.k8s.io',
        version: 'v1',
        kind: 'TokenRequest',
        verbs: ['create'],
      });
    });

    it('of coordination', async () => {
      expect((await resources('/apis/coordination.k8s.io/v1')).get('leases')).toEqual({
        name: 'leases',
        singularName: 'lease',
        namespaced: true,
        kind: 'Lease',
        verbs: all,
      });
    });

    it('of ours, with a status only where there is one', async () => {
      const found = await resources(`/apis/${apiVersion}`);
      for (const [name, singularName, kind] of [
        ['azureidentities', 'azureidentity', 'AzureIdentity'],
        ['azureidentitybindings', 'azureidentitybinding', 'AzureIdentityBinding'],
        ['azureassignedidentities', 'azureassignedidentity', 'AzureAssignedIdentity'],
        ['azurepodidentityexceptions', 'azurepodidentityexception', 'AzurePodIdentityException'],
      ] as const) {
        expect(found.get(name)).toMatchObject({
          singularName,
          kind,
          namespaced: true,
          verbs: all,
          shortNames: [expect.any(String)],
        });
      }
      expect(found.get('azureidentities/status')).toMatchObject({
        kind: 'AzureIdentity',
        verbs: ['get', 'patch', 'update'],
      });
      expect(found.has('azureassignedidentities/status')).toBe(false);
    });
  });

  describe('all in one answer, for who accepts it', () => {
    it('the groups from /apis', async () => {
      const answer = await api.get('/apis', { accept: aggregated });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(
        'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
      );
      expect(answer.body).toMatchObject({
        kind: 'APIGroupDiscoveryList',
        apiVersion: 'apidiscovery.k8s.io/v2',
      });
      const ours = answer.body.items.find(
        (item: { metadata: { name: string } }) => item.metadata.name === group,
      );
      expect(ours.versions).toHaveLength(1);
      expect(ours.versions[0].version).toBe('v1');
      const [identities] = ours.versions[0].resources.filter(
        ({ resource }: Record<string, unknown>) => resource === 'azureidentities',
      );
      expect(identities).toMatchObject({
        resource: 'azureidentities',
        responseKind: { group, version: 'v1', kind: 'AzureIdentity' },
        scope: 'Namespaced',
        singularResource: 'azureidentity',
        subresources: [
          { subresource: 'status', responseKind: { group, version: 'v1', kind: 'AzureIdentity' } },
        ],
      });
      expect([...identities.verbs].sort()).toEqual(all);
    });

    it('the core group from /api', async () => {
      const answer = await api.get('/api', { accept: aggregated });
      const [item] = answer.body.items;
      expect(item.versions[0].version).toBe('v1');
      const pods = item.versions[0].resources.find(
        ({ resource }: Record<string, unknown>) => resource === 'pods',
      );
      expect(pods).toMatchObject({
        responseKind: { group: '', kind: 'Pod' },
        scope: 'Namespaced',
        singularResource: 'pod',
        shortNames: ['po'],
        categories: ['all'],
      });
    });
  });

  describe('OpenAPI', () => {
    it('has a document for each group, which tells kubectl what it may ask of our resources', async () => {
      const index = await api.get('/openapi/v3');
      expect(index.status).toBe(200);
      const { serverRelativeURL } = JSON.parse(index.text).paths[`apis/${apiVersion}`];
      expect(serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/aadpodidentity\.k8s\.io\/v1\?hash=[0-9A-F]+$/);
      const document = JSON.parse((await api.get(serverRelativeURL)).text);
      const { patch } = document.paths[`/apis/${apiVersion}/namespaces/{namespace}/azureidentities/{name}`];
      expect(patch['x-kubernetes-group-version-kind']).toEqual({
        group,
        kind: 'AzureIdentity',
        version: 'v1',
      });
      const parameters = patch.parameters.map(({ name }: { name: string }) => name);
      expect(parameters).toEqual(expect.arrayContaining(['dryRun', 'fieldValidation']));
      const schemas = Object.values(document.components.schemas) as Record<string, unknown>[];
      const kinds = schemas.flatMap(
        (schema) => (schema['x-kubernetes-group-version-kind'] ?? []) as object[],
      );
      expect(kinds).toContainEqual({ group, kind: 'AzureIdentity', version: 'v1' });
    });
  });
}
