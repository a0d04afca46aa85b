import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { chartFolder, renderChart } from '../../scripts/chart/render.js';
import { chartHelm } from '../../scripts/chart/tools.js';
import { startControlPlane, type ControlPlane } from '../controlplane/control-plane.js';
import { only, parseManifests } from './manifest.js';
import { valueSets } from './value-sets.js';

const execute = promisify(execFile);
const deploy = (path: string): string => fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url));
const finalizer = 'azureassignedidentity.finalizers.aadpodidentity.k8s.io';

let helm: string;
let folder: string;
let cluster: ControlPlane;

beforeAll(async () => {
  helm = await chartHelm();
  folder = await mkdtemp(join(tmpdir(), 'chart-'));
  cluster = await startControlPlane({ controllerManager: true });
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function run(program: string, arguments_: readonly string[], input = ''): Promise<string> {
  const running = execute(program, arguments_, {
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig, HELM_CACHE_HOME: folder, HELM_DATA_HOME: folder },
    maxBuffer: 16 * 1024 * 1024,
  });
  running.child.stdin?.end(input);
  return (await running).stdout.trim();
}

const kubectl = (...arguments_: string[]): Promise<string> => run('kubectl', arguments_);
const create = (...objects: object[]): Promise<string> =>
  run('kubectl', ['create', '-f', '-'], objects.map((object) => stringify(object)).join('---\n'));

/** What an account may do of these, as `verb resource`. */
async function may(account: string, questions: readonly string[], namespace: string): Promise<string[]> {
  const allowed: string[] = [];
  for (const question of questions) {
    const [verb = '', resource = ''] = question.split(' ');
    const ask = ['auth', 'can-i', verb, resource, '--as', account, '--namespace', namespace];
    // It exits with 1 for no.
    if ((await kubectl(...ask).catch(() => 'no')) === 'yes') allowed.push(question);
  }
  return allowed;
}

function assignedIdentity(name: string): object {
  const of = (kind: string): object => ({
    apiVersion: 'aadpodidentity.k8s.io/v1',
    kind,
    metadata: { name: 'app', namespace: 'default' },
    spec: {},
  });
  return {
    apiVersion: 'aadpodidentity.k8s.io/v1',
    kind: 'AzureAssignedIdentity',
    metadata: { name, namespace: 'default', finalizers: [finalizer] },
    spec: {
      azureIdentityRef: of('AzureIdentity'),
      azureBindingRef: of('AzureIdentityBinding'),
      pod: name,
      podNamespace: 'default',
      nodename: 'node-1',
    },
  };
}

describe('on a real API server, the chart', () => {
  it('installs, and so do other values over it, and what users made stays', async () => {
    const release = ['aad-pod-identity', chartFolder, '--namespace', 'kube-system'];
    await run(helm, ['install', ...release]);
    await kubectl('wait', '--for=condition=established', 'crd', '--all', '--timeout=30s');
    await kubectl('create', 'namespace', 'team-a');
    await kubectl('create', 'namespace', 'credentials');
    await kubectl('create', 'namespace', 'monitoring');
    const spec = { azureIdentity: 'mine', selector: 'mine' };
    const metadata = { name: 'mine', namespace: 'team-a' };
    await create({ apiVersion: 'aadpodidentity.k8s.io/v1', kind: 'AzureIdentityBinding', metadata, spec });
    for (const name of [
      'the values of a release of the original',
      'every value of the original',
      'no values',
    ]) {
      // The names stay, and there is no Prometheus operator here.
      const values = { ...valueSets[name], nameOverride: '', podMonitor: { enabled: false } };
      await run(helm, ['upgrade', ...release, '--reset-values', '--values', '-'], stringify(values));
    }
    expect(await kubectl('get', 'azureidentitybindings', '-A', '-o', 'name')).toBe(
      'azureidentitybinding.aadpodidentity.k8s.io/mine',
    );
    expect(await kubectl('-n', 'kube-system', 'get', 'deployment,daemonset', '-o', 'name')).toBe(
      'deployment.apps/aad-pod-identity-mic\ndaemonset.apps/aad-pod-identity-nmi',
    );
  });

  it('notes which Secrets of service principals NMI may not read', async () => {
    await create({
      apiVersion: 'aadpodidentity.k8s.io/v1',
      kind: 'AzureIdentity',
      metadata: { name: 'principal', namespace: 'team-a' },
      spec: { type: 1, clientPassword: { name: 'secret', namespace: 'credentials' } },
    });
    const release = ['aad-pod-identity', chartFolder, '--namespace', 'kube-system'];
    expect(await run(helm, ['upgrade', ...release])).toContain('set rbac.secretNamespaces to {credentials}');
    const listed = await run(helm, ['upgrade', ...release, '--set', 'rbac.secretNamespaces={credentials}']);
    expect(listed).not.toContain('secretNamespaces');
  });

  it('lets NMI and MIC do what they do, and no more', async () => {
    const account = (component: string): string =>
      `system:serviceaccount:kube-system:aad-pod-identity-${component}`;
    const group = 'aadpodidentity.k8s.io';
    const lease = 'leases.coordination.k8s.io/aad-pod-identity-mic';
    const asked = [
      ...['get', 'list', 'patch'].map((verb) => `${verb} nodes`),
      ...['get', 'list', 'watch', 'delete'].map((verb) => `${verb} pods`),
      ...['create', 'patch', 'update'].map((verb) => `${verb} azureassignedidentities.${group}`),
      ...['get', 'list', 'create', 'patch'].map((verb) => `${verb} azureidentities.${group}`),
      `list azurepodidentityexceptions.${group}`,
      ...['create', 'patch', 'delete'].map((verb) => `${verb} events`),
      ...['get', 'update', 'watch', 'patch'].map((verb) => `${verb} ${lease}`),
      ...['get', 'update'].map((verb) => `${verb} endpoints/aad-pod-identity-mic`),
      'get leases.coordination.k8s.io/other',
      'get secrets',
      'get configmaps',
      'patch deployments.apps',
    ];
    expect(await may(account('mic'), asked, 'default')).toEqual([
      'list nodes',
      'list pods',
      'watch pods',
      `create azureassignedidentities.${group}`,
      `patch azureassignedidentities.${group}`,
      `update azureassignedidentities.${group}`,
      `get azureidentities.${group}`,
      `list azureidentities.${group}`,
      'create events',
      'patch events',
      ...['get', 'update', 'watch'].map((verb) => `${verb} ${lease}`),
      'get endpoints/aad-pod-identity-mic',
    ]);
    expect(await may(account('nmi'), asked, 'default')).toEqual([
      'get pods',
      'list pods',
      'watch pods',
      `list azureidentities.${group}`,
      `list azurepodidentityexceptions.${group}`,
      'create events',
      'patch events',
    ]);
    const own = ['get', 'list', 'watch', 'delete'].map(
      (verb) => `${verb} daemonsets.apps/aad-pod-identity-nmi`,
    );
    expect(await may(account('nmi'), [...own, 'get daemonsets.apps/other'], 'kube-system')).toEqual(
      own.slice(0, 3),
    );
    expect(await may(account('nmi'), ['get secrets', 'list secrets'], 'credentials')).toEqual([
      'get secrets',
    ]);
  });

  it('lets who may edit a namespace bind identities in it, and neither assign nor except', async () => {
    const release = ['aad-pod-identity', chartFolder, '--namespace', 'kube-system'];
    await run(helm, ['upgrade', ...release, '--set', 'rbac.createUserFacingClusterRoles=true']);
    for (const role of ['edit', 'view'])
      await kubectl('-n', 'team-a', 'create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}`);
    const kinds = [
      'azureidentities',
      'azureidentitybindings',
      'azureassignedidentities',
      'azurepodidentityexceptions',
    ].map((plural) => `${plural}.aadpodidentity.k8s.io`);
    const writes = kinds.flatMap((kind) => ['create', 'patch', 'delete'].map((verb) => `${verb} ${kind}`));
    const reads = kinds.map((kind) => `list ${kind}`);
    // The controller-manager aggregates in its own time.
    await expect
      .poll(() => may('edit', writes, 'team-a'), { timeout: 60_000, interval: 500 })
      .toEqual(writes.slice(0, 6));
    expect(await may('edit', reads, 'team-a')).toEqual(reads);
    expect(await may('view', [...reads, ...writes], 'team-a')).toEqual(reads);
  });

  it('makes pods of MIC that a namespace with the standard "restricted" takes', async () => {
    await kubectl('create', 'namespace', 'strict');
    await kubectl('label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted');
    const refused = async (values: object): Promise<string> => {
      const manifests = parseManifests(await renderChart(helm, { values, namespace: 'strict' }));
      const template = only(manifests, 'Deployment').spec?.template;
      const spec = { ...template?.spec, serviceAccountName: 'default', priorityClassName: undefined };
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'mic', namespace: 'strict' }, spec };
      return run('kubectl', ['create', '--dry-run=server', '-f', '-'], stringify(pod)).then(
        () => '',
        (error: unknown) => String((error as { readonly stderr?: unknown }).stderr),
      );
    };
    await expect
      .poll(() => kubectl('-n', 'strict', 'get', 'serviceaccount', '-o', 'name'))
      .toContain('default');
    expect(await refused({ mic: { cloudConfigSecret: 'azure-json' } })).toBe('');
    expect(await refused({})).toMatch(/violates PodSecurity "restricted.*hostPath/s);
  });

  it('and the plain manifests are taken without a change, one over the other', async () => {
    for (const file of ['deployment-rbac.yaml', 'mic-exception.yaml', 'managed-mode-deployment.yaml'])
      await kubectl('apply', '--validate=strict', '-f', deploy(`infra/${file}`));
    await kubectl('apply', '--validate=strict', '-f', deploy('crds'));
  });

  it('lets MIC uninstall itself with its own rights and those of the hook', async () => {
    await create(assignedIdentity('waits'), assignedIdentity('stays'));
    await kubectl('delete', 'azureassignedidentities', 'waits', '--wait=false');
    await kubectl('apply', '-f', deploy('infra/uninstall.yaml'));
    const token = await kubectl('create', 'token', 'aad-pod-id-mic-service-account');
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(
      kubeconfig,
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'c',
        clusters: [
          {
            name: 'c',
            cluster: {
              server: cluster.url,
              'certificate-authority-data': Buffer.from(cluster.ca).toString('base64'),
            },
          },
        ],
        users: [{ name: 'u', user: { token } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      }),
      { mode: 0o600 },
    );
    const mic = fileURLToPath(new URL('../../packages/azure-assigner/src/bin/mic.ts', import.meta.url));
    const printed = await run(process.execPath, [
      ...['--conditions=@aad-pod-identity/source', '--import', 'tsx', mic, 'uninstall'],
      ...['--attached=list', '--stop-deployment=default/mic', `--kubeconfig=${kubeconfig}`],
    ]);
    expect(printed).toMatch(/^the Deployment default\/mic is scaled to 0\n/);
    expect(printed).toMatch(/released: 2 AzureAssignedIdentities; none is left$/);
    expect(await kubectl('get', 'deployment', 'mic', '-o', 'jsonpath={.spec.replicas}')).toBe('0');
    expect(await kubectl('get', 'azureassignedidentities', '-A', '-o', 'name')).toBe('');
  });

  it('refuses objects as they are applied, where its policies are installed', async () => {
    const release = ['aad-pod-identity', chartFolder, '--namespace', 'kube-system', '--reset-values'];
    const install = (policies: string): Promise<string> =>
      run(helm, ['upgrade', ...release, '--set', policies]);
    const refusal = (spec: object): Promise<string> => {
      const metadata = { name: 'other', namespace: 'team-a' };
      const binding = {
        apiVersion: 'aadpodidentity.k8s.io/v1',
        kind: 'AzureIdentityBinding',
        metadata,
        spec,
      };
      return run('kubectl', ['create', '--dry-run=server', '-f', '-'], stringify(binding)).catch(
        (error: unknown) => String((error as { readonly stderr?: unknown }).stderr),
      );
    };
    // The API server takes a policy up in its own time. Of several that refuse an object it names any one:
    // what is malformed is asked while nothing else refuses it.
    await install('admissionPolicy.enabled=true');
    await expect
      .poll(() => refusal({ azureIdentity: 'mine' }), { timeout: 30_000 })
      .toMatch(/spec\.selector: is empty/);
    await install('admissionPolicy.enabled=true,admissionPolicy.tenancy.enabled=true');
    await expect
      .poll(() => refusal({ azureIdentity: 'mine', selector: 'mine' }), { timeout: 30_000 })
      .toMatch(/namespace "team-a" may have no AzureIdentityBinding/);
  });

  it('goes, and leaves the definitions and what users made', async () => {
    await run(helm, ['uninstall', 'aad-pod-identity', '--namespace', 'kube-system', '--no-hooks']);
    expect(await kubectl('get', 'azureidentitybindings', '-A', '-o', 'name')).toContain('/mine');
    const left = await kubectl('get', 'clusterrole', '-o', 'name');
    expect(left).not.toContain('/aad-pod-identity');
    await kubectl('delete', '-f', deploy('crds'), '--timeout=60s');
  });
});
