import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { Api, mergePatch, type Answer, type RequestSettings } from '../conformance/harness/api.js';
import { startControlPlaneTarget } from '../conformance/harness/control-plane-target.js';
import { installCustomResources } from '../conformance/harness/custom-resources.js';
import type { Target } from '../conformance/harness/target.js';
import { inForce, installPolicies } from './policies.js';
import { pathOf, wire, type Kind } from './verdict.js';

const group = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/team-a';
const resourceID = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/web`;
const other = resourceID.replace('/team-a/', '/team-b/');
const namespaced = { 'aadpodidentity.k8s.io/Behavior': 'namespaced' };
const config = '/api/v1/namespaces/default/configmaps/aad-pod-identity-tenancy';
const assignments = '/apis/aadpodidentity.k8s.io/v1/namespaces/default/azureassignedidentities';

let target: Target;
let api: Api;
beforeAll(async () => {
  target = await startControlPlaneTarget();
  api = new Api(target);
  await installCustomResources(api);
  for (const name of ['team-a', 'team-b']) await api.created('/api/v1/namespaces', { metadata: { name } });
  await installPolicies(api, ['tenancy.yaml']);
  await inForce(async () => denied(await tried('AzureIdentity', 'default', {})).includes('no params found'));
  for (const kind of ['AzureIdentityBinding', 'AzurePodIdentityException'] as const) {
    await inForce(async () => (await tried(kind, 'team-b', {})).status !== 201);
  }
  await inForce(async () => (await assign()).status !== 201);
  const file = new URL('../../deploy/admission/tenancy-config.yaml', import.meta.url);
  await api.created('/api/v1/namespaces/default/configmaps', parse(readFileSync(file, 'utf8')));
  await inForce(async () => (await identity({})).status === 201);
});
afterAll(async () => {
  api.close();
  await target[Symbol.asyncDispose]();
});

/** Asks whether an object would be taken. */
function tried(
  kind: Kind,
  namespace: string,
  spec: object,
  annotations?: Readonly<Record<string, string>>,
): Promise<Answer> {
  const written = { kind, spec, ...(annotations === undefined ? {} : { annotations }) };
  return api.post(`${pathOf(kind, namespace)}?dryRun=All`, wire(written, 'x', namespace));
}

/** An identity of team-a that is allowed, but for what is changed. */
function identity(changed: object, namespace = 'team-a', annotations = namespaced): Promise<Answer> {
  return tried('AzureIdentity', namespace, { type: 0, resourceID, clientID: 'c', ...changed }, annotations);
}

function assign(as?: RequestSettings['as'], query = '?dryRun=All'): Promise<Answer> {
  const written = {
    apiVersion: 'aadpodidentity.k8s.io/v1',
    kind: 'AzureAssignedIdentity',
    metadata: { name: 'a' },
    spec: {},
  };
  return api.post(`${assignments}${query}`, written, as === undefined ? {} : { as });
}

/** Why a request was denied; empty where it was not. */
function denied({ status, body }: Answer): string {
  return status < 300 ? '' : (body as { message: string }).message;
}

describe('an AzureIdentity of a tenant', () => {
  it('names what an administrator has listed for its namespace, in any casing and around it what a full URL has', async () => {
    expect(denied(await identity({}))).toBe('');
    expect(denied(await identity({ resourceID: resourceID.toUpperCase() }))).toBe('');
    expect(denied(await identity({ resourceID: `https://management.azure.com${resourceID}?x` }))).toBe('');
  });

  it.each<[string, object]>([
    ['another resource group', { resourceID: other }],
    ['another in an old spelling', { resourceID: undefined, ResourceID: other }],
    ['another before one that is allowed', { resourceID: `${other}${resourceID}` }],
    ['one that is no resource ID', { resourceID: `${group}/x` }],
    ['none', { resourceID: undefined }],
  ])('cannot name %s', async (_title, changed) => {
    expect(denied(await identity(changed))).toContain(
      'spec.resourceID: is not allowed in namespace "team-a"',
    );
  });

  it('cannot be where an administrator has listed nothing', async () => {
    expect(denied(await identity({}, 'team-b'))).toContain('namespace "team-b" may have no AzureIdentity');
  });

  it('must be namespaced, unless all are', async () => {
    expect(denied(await identity({}, 'team-a', {} as never))).toContain(
      'so pods of other namespaces may use it',
    );
    await api.patch(config, mergePatch, { data: { forceNamespaced: 'true' } });
    await inForce(async () => (await identity({}, 'team-a', {} as never)).status === 201);
    await api.patch(config, mergePatch, { data: { forceNamespaced: 'false' } });
    await inForce(async () => (await identity({}, 'team-a', {} as never)).status !== 201);
  });

  it('of a service principal needs its client ID listed, and its Secret in its own namespace', async () => {
    const principal = { type: 1, clientPassword: { name: 's', namespace: 'team-a' } };
    expect(denied(await identity(principal))).toContain('spec.clientID: is not allowed');
    await api.patch(config, mergePatch, { data: { 'team-a.clientIDs': 'd\nC\n' } });
    await inForce(async () => (await identity(principal)).status === 201);
    for (const clientPassword of [
      { name: 's' },
      { name: 's', namespace: 'team-b' },
      { name: 's', Namespace: 'team-b' },
    ]) {
      expect(denied(await identity({ ...principal, clientPassword }))).toContain(
        'spec.clientPassword.namespace: is not',
      );
    }
    expect(denied(await identity({ clientID: 'e' }))).toContain('spec.clientID: is not allowed');
    await api.patch(config, mergePatch, { data: { 'team-a.clientIDs': null } });
    await inForce(async () => (await identity({ clientID: 'e' })).status === 201);
  });
});

describe('a binding of a tenant', () => {
  const bind = (spec: object, namespace = 'team-a'): Promise<Answer> =>
    tried('AzureIdentityBinding', namespace, spec);

  it('names an identity of its own namespace, and looks like nothing else', async () => {
    expect(denied(await bind({ azureIdentity: 'web', selector: 's' }))).toBe('');
    for (const spec of [
      { azureIdentity: 'team-b/web' },
      { AzureIdentity: 'team-b/web' },
      { azureIdentity: 'a', AzureIdentity: '../b' },
    ]) {
      expect(denied(await bind(spec))).toContain('spec.azureIdentity: is not the name of an object');
    }
    expect(denied(await bind({ azureIdentity: 'web' }, 'team-b'))).toContain(
      'namespace "team-b" may have no AzureIdentityBinding',
    );
  });
});

describe('an exception', () => {
  it('is for the namespaces that an administrator trusts with every identity of a node', async () => {
    const except = (namespace: string): Promise<Answer> =>
      tried('AzurePodIdentityException', namespace, { podLabels: { app: 'x' } });
    expect(denied(await except('kube-system'))).toBe('');
    expect(denied(await except('team-a'))).toContain(
      'namespace "team-a" may have no AzurePodIdentityException',
    );
  });
});

describe('an AzureAssignedIdentity', () => {
  const mic = {
    user: 'system:serviceaccount:default:aad-pod-id-mic-service-account',
    groups: ['system:masters'],
  };
  const tenant = { user: 'mallory', groups: ['system:masters', 'team-a'] };

  it('is written by MIC and by no tenant, whatever the roles allow', async () => {
    expect(denied(await assign(mic, ''))).toBe('');
    const change = (as: RequestSettings['as']): Promise<Answer> =>
      api.request(
        'PATCH',
        `${assignments}/a`,
        { status: { status: 'Assigned' } },
        { contentType: mergePatch, ...(as === undefined ? {} : { as }) },
      );
    const remove = (as: RequestSettings['as']): Promise<Answer> =>
      api.request('DELETE', `${assignments}/a`, undefined, as === undefined ? {} : { as });
    for (const answer of [await assign(tenant), await change(tenant), await remove(tenant)]) {
      expect(denied(answer)).toContain('are written by MIC, not by "mallory"');
    }
    expect(denied(await change(mic))).toBe('');
    await api.patch(config, mergePatch, { data: { assignmentWriters: 'group:team-a\n' } });
    await inForce(async () => (await assign(tenant)).status !== 422);
    expect(denied(await remove(mic))).toContain('are written by MIC');
  });
});
