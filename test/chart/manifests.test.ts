import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { containersOf, only, parseManifests, type Manifest } from './manifest.js';
import { readArguments } from './read-arguments.js';

const deploy = (path: string): string => fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url));
const read = (path: string): Promise<string> => readFile(deploy(path), 'utf8');
const objects = async (path: string): Promise<readonly Manifest[]> => parseManifests(await read(path));

async function yamlFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(deploy(folder)))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name}`);
}

describe('the manifests that are applied as they are', () => {
  it('start every program with flags that it takes without a warning', async () => {
    const files = [...(await yamlFiles('infra')), ...(await yamlFiles('demo'))];
    const started: string[] = [];
    for (const file of files) {
      for (const { container } of containersOf(await objects(file))) {
        expect(readArguments(container).warnings, file).toEqual([]);
        started.push(`${file} ${container.name}`);
      }
    }
    expect(started).toEqual(
      expect.arrayContaining([
        'infra/deployment-rbac.yaml mic',
        'infra/deployment-rbac.yaml nmi',
        'infra/deployment.yaml mic',
        'infra/managed-mode-deployment.yaml nmi',
        'demo/deployment.yaml demo',
      ]),
    );
  });

  it('have the names and selectors of the original’s, so that they take their places', async () => {
    const all = await objects('infra/deployment-rbac.yaml');
    const names = all
      .filter(({ kind }) => !['Role', 'RoleBinding', 'PodDisruptionBudget'].includes(kind))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names.sort()).toEqual([
      'ClusterRole aad-pod-id-mic-role',
      'ClusterRole aad-pod-id-nmi-role',
      'ClusterRoleBinding aad-pod-id-mic-binding',
      'ClusterRoleBinding aad-pod-id-nmi-binding',
      'DaemonSet nmi',
      'Deployment mic',
      'ServiceAccount aad-pod-id-mic-service-account',
      'ServiceAccount aad-pod-id-nmi-service-account',
    ]);
    expect(only(all, 'Deployment').spec?.selector?.matchLabels).toEqual({ component: 'mic', app: 'mic' });
    expect(only(all, 'DaemonSet').spec?.selector?.matchLabels).toEqual({ component: 'nmi', tier: 'node' });
    expect(new Set(all.map(({ metadata }) => metadata.namespace ?? 'default'))).toEqual(new Set(['default']));
  });

  it('run managed mode in kube-system, within namespaces only', async () => {
    const daemonSet = only(await objects('infra/managed-mode-deployment.yaml'), 'DaemonSet');
    expect(daemonSet.metadata.namespace).toBe('kube-system');
    const [found] = containersOf([daemonSet]);
    if (found === undefined) throw new Error('no container');
    expect(readArguments(found.container).settings).toMatchObject({
      policy: { mode: 'managed', forceNamespaced: true },
    });
  });

  it('name accounts and roles that they hold, and none without RBAC', async () => {
    for (const file of ['infra/deployment-rbac.yaml', 'infra/managed-mode-deployment.yaml']) {
      const all = await objects(file);
      for (const { roleRef, subjects = [] } of all) {
        if (roleRef === undefined) continue;
        only(all, roleRef.kind, roleRef.name);
        for (const { kind, name } of subjects) only(all, kind, name);
      }
      for (const { owner } of containersOf(all))
        only(all, 'ServiceAccount', owner.spec?.template?.spec.serviceAccountName);
    }
    expect((await objects('infra/deployment.yaml')).map(({ kind }) => kind)).toEqual([
      'PodDisruptionBudget',
      'DaemonSet',
      'Deployment',
    ]);
  });

  it('of the demo bind its pods to its identity', async () => {
    const identity = only(await objects('demo/aadpodidentity.yaml'), 'AzureIdentity');
    const binding = only(await objects('demo/aadpodidentitybinding.yaml'), 'AzureIdentityBinding');
    const deployment = only(await objects('demo/deployment.yaml'), 'Deployment');
    const bound = binding.spec as { readonly azureIdentity?: string; readonly selector?: unknown };
    expect(bound.azureIdentity).toBe(identity.metadata.name);
    expect(deployment.spec?.template?.metadata.labels['aadpodidbinding']).toBe(bound.selector);
  });
});

describe('the chart', () => {
  it.each([
    ['crds', 'crds'],
    ['admission', 'files/admission'],
  ])('carries what stands in deploy/%s', async (from, to) => {
    const names = (files: readonly string[]): readonly string[] =>
      files.map((path) => path.split('/').at(-1) ?? '').filter((name) => name !== 'tenancy-config.yaml');
    const wanted = names(await yamlFiles(from));
    expect(names(await yamlFiles(`charts/aad-pod-identity/${to}`))).toEqual(wanted);
    for (const name of wanted)
      expect(await read(`charts/aad-pod-identity/${to}/${name}`), 'run npm run manifests').toBe(
        await read(`${from}/${name}`),
      );
  });

  it('is of the version of the programs', async () => {
    const chart = parse(await read('charts/aad-pod-identity/Chart.yaml')) as { readonly appVersion: string };
    const root = JSON.parse(await read('../package.json')) as { readonly version: string };
    expect(chart.appVersion).toBe(root.version);
  });

  it('describes every value in its schema, and has a default for every value that it describes', async () => {
    const schema = JSON.parse(await read('charts/aad-pod-identity/values.schema.json')) as SchemaNode;
    const values = parse(await read('charts/aad-pod-identity/values.yaml')) as object;
    expect(undescribed(values, schema, '').filter((path) => !notByDefault.test(path))).toEqual([]);
  });
});

/** What depends on other values, or is helm's. */
const notByDefault = /^\.global$|^\.adminsecret\.|^\.mic\.podDisruptionBudget\./;

interface SchemaNode {
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/** Paths that are in one of the two only. */
function undescribed(values: unknown, schema: SchemaNode, path: string): readonly string[] {
  const { properties } = schema;
  if (properties === undefined) return [];
  const held = (typeof values === 'object' && values !== null ? values : {}) as Readonly<
    Record<string, unknown>
  >;
  const keys = new Set([...Object.keys(properties), ...Object.keys(held)]);
  return [...keys].flatMap((key) => {
    const described = properties[key];
    if (described === undefined || !Object.hasOwn(held, key)) return [`${path}.${key}`];
    return undescribed(held[key], described, `${path}.${key}`);
  });
}
