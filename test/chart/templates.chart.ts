import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { chartFolder, renderChart } from '../../scripts/chart/render.js';
import { chartTools, type ChartTools } from '../../scripts/chart/tools.js';
import { containersOf, only, parseManifests, type Manifest } from './manifest.js';
import { readArguments } from './read-arguments.js';
import { restrictedSets, valueSets } from './value-sets.js';

const execute = promisify(execFile);
let tools: ChartTools;
beforeAll(async () => {
  tools = await chartTools();
});

async function render(values: object, kubeVersion = '1.33.0'): Promise<readonly Manifest[]> {
  return parseManifests(await renderChart(tools.helm, { values, kubeVersion }));
}

const ofOthers = ['PodMonitor', 'AzureIdentity', 'AzureIdentityBinding', 'AzurePodIdentityException'];
/** The chart refuses to make these for a Kubernetes that does not know them. */
const admissionKinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];

const setNamed = (name: string): object => {
  const values = valueSets[name];
  if (values === undefined) throw new Error(`no values called ${name}`);
  return values;
};

describe('the chart', () => {
  it('passes helm lint', async () => {
    const { stdout } = await execute(tools.helm, [
      'lint',
      '--strict',
      '--kube-version',
      '1.33.0',
      chartFolder,
    ]);
    expect(stdout).toContain('0 chart(s) failed');
  });

  it('and the plain manifests are in step', async () => {
    const script = fileURLToPath(new URL('../../scripts/chart/manifests.ts', import.meta.url));
    const { stdout } = await execute('npx', ['tsx', script, '--check']);
    expect(stdout).toContain('in step');
  });

  it('makes what old and new versions of Kubernetes know, of every kind of values', async () => {
    const all = (await readdir(tools.schemas))
      .flatMap((folder) => /^v(1\.\d+\.\d+)-local-strict$/.exec(folder)?.[1] ?? [])
      .sort();
    // The oldest that the chart takes, the newest, and two between: each costs ten seconds.
    const versions = all.filter((_, at) => at % 4 === 0);
    expect(versions).toEqual(['1.25.0', '1.29.0', '1.33.0', '1.37.0']);
    const texts: string[] = [];
    for (const values of Object.values(valueSets)) texts.push(await renderChart(tools.helm, { values }));
    for (const version of versions) {
      const own = `${tools.schemas}/{{.NormalizedKubernetesVersion}}-local{{.StrictSuffix}}`;
      const checking = execute(tools.kubeconform, [
        ...['-strict', '-summary', '-kubernetes-version', version],
        ...['-schema-location', `${own}/{{.ResourceKind}}{{.KindSuffix}}.json`],
        // Kinds of others, and ours, which the API server checks in another test.
        ...['-skip', [...ofOthers, ...(version < '1.30.0' ? admissionKinds : [])].join(',')],
        '-',
      ]);
      checking.child.stdin?.end(texts.join('---\n'));
      const { stdout } = await checking;
      expect(stdout, version).toMatch(/Valid: [1-9]\d+, Invalid: 0, Errors: 0/);
    }
  }, 300_000);

  it.each([
    [{ forcNamespaced: true }, /'forcNamespaced' not allowed/],
    [{ mic: { cloudconfig: '/x' } }, /'\/mic'.*'cloudconfig' not allowed/],
    [{ nmi: { micNamspace: 'x' } }, /'\/nmi'.*'micNamspace' not allowed/],
    [{ rbac: { allowAccesToSecrets: false } }, /'\/rbac'.*'allowAccesToSecrets' not allowed/],
    [{ adminsecret: { tenantId: 'x' } }, /'\/adminsecret'.*'tenantId' not allowed/],
    [{ operationMode: 'manged' }, /'\/operationMode'/],
    [{ mic: { syncRetryDuration: '3600' } }, /'\/mic\/syncRetryDuration'/],
    [{ azureIdentities: { a: { binding: { name: 'a', selectr: 'a' } } } }, /'selectr' not allowed/],
    [{ adminsecret: { cloud: 'AzurePublicCloud' } }, /adminsecret\.\w+ is missing/],
    [
      { azureIdentities: { a: { clientID: 'c', binding: { name: 'a', selector: 'a' } } } },
      /resourceID is missing/,
    ],
  ])('refuses %j by name', async (values, message) => {
    await expect(render(values)).rejects.toThrow(message);
  });
});

describe.each(Object.keys(valueSets))('with %s', (name) => {
  it('starts every program with flags that it takes without a warning', async () => {
    const containers = containersOf(await render(setNamed(name)));
    expect(containers.length).toBeGreaterThan(0);
    for (const { container } of containers) expect(readArguments(container).warnings).toEqual([]);
  });

  it('probes the ports that the programs listen on', async () => {
    for (const { container } of containersOf(await render(setNamed(name)))) {
      if (container.livenessProbe === undefined) continue;
      const { settings } = readArguments(container);
      const { probePort, metricsPort } = settings as {
        readonly probePort: number;
        readonly metricsPort: number;
      };
      const portOf = (port: string | number): number | undefined =>
        typeof port === 'number'
          ? port
          : container.ports?.find(({ name: portName }) => portName === port)?.containerPort;
      expect(container.livenessProbe.httpGet.path).toBe('/healthz');
      expect(container.readinessProbe?.httpGet.path).toBe('/readyz');
      expect(portOf(container.livenessProbe.httpGet.port)).toBe(probePort);
      expect(portOf(container.readinessProbe?.httpGet.port ?? '')).toBe(probePort);
      const metrics = container.ports?.find((port) => port.name === 'metrics');
      if (metrics !== undefined) expect(metrics.containerPort).toBe(metricsPort);
    }
  });

  it('selects with labels that its pods have, and excepts no pods but those of MIC', async () => {
    const manifests = await render(setNamed(name));
    for (const { kind, spec } of manifests) {
      if (!['Deployment', 'DaemonSet'].includes(kind)) continue;
      expect(spec?.template?.metadata.labels).toMatchObject(spec?.selector?.matchLabels ?? {});
    }
    const exception = manifests.find(
      ({ kind, metadata }) =>
        kind === 'AzurePodIdentityException' && /^mic(-exception)?$/.test(metadata.name),
    );
    const podLabels = exception?.spec?.podLabels;
    if (podLabels === undefined) return;
    const excepted = manifests.filter(({ spec }) => {
      const labels: Readonly<Record<string, string>> = spec?.template?.metadata.labels ?? {};
      return Object.entries(podLabels).every(([key, value]) => labels[key] === value);
    });
    expect(excepted.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      expect.stringMatching(/^(Deployment|Job) .*mic/),
    ]);
  });

  it('grants to no one every Secret, and writing of AzureAssignedIdentities to MIC alone', async () => {
    const manifests = await render(setNamed(name));
    for (const { kind, metadata, rules = [] } of manifests) {
      for (const rule of rules) {
        expect([...rule.verbs, ...rule.resources, ...rule.apiGroups]).not.toContain('*');
        if (kind === 'ClusterRole') expect(rule.resources).not.toContain('secrets');
        const writes = rule.verbs.some((verb) => !['get', 'list', 'watch'].includes(verb));
        if (writes && rule.resources.includes('azureassignedidentities'))
          expect(metadata.name).toMatch(/-mic(-role)?$/);
      }
    }
  });
});

describe('names', () => {
  it('are those of the original’s chart', async () => {
    const manifests = await render({});
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    for (const expected of [
      'Deployment aad-pod-identity-mic',
      'DaemonSet aad-pod-identity-nmi',
      'ServiceAccount aad-pod-identity-mic',
      'ServiceAccount aad-pod-identity-nmi',
      'ClusterRole aad-pod-identity-mic',
      'ClusterRole aad-pod-identity-nmi',
      'ClusterRoleBinding aad-pod-identity-mic',
      'ClusterRoleBinding aad-pod-identity-nmi',
      'AzurePodIdentityException mic',
      'AzurePodIdentityException aks-addon-exception',
      'PodDisruptionBudget mic-pdb',
    ])
      expect(names).toContain(expected);
    expect(only(manifests, 'DaemonSet').spec?.selector?.matchLabels).toEqual({
      'app.kubernetes.io/name': 'aad-pod-identity',
      'app.kubernetes.io/instance': 'aad-pod-identity',
      'app.kubernetes.io/component': 'nmi',
    });
  });

  it('follow nameOverride and fullnameOverride', async () => {
    const manifests = await render(setNamed('every value of the original'));
    expect(only(manifests, 'Deployment').metadata.name).toBe('pod-id-mic');
    expect(only(manifests, 'Secret').metadata.name).toBe('pod-id-mic');
    expect(only(manifests, 'ClusterRole', 'prod-pod-id-edit').rules).toHaveLength(1);
  });
});

describe('old values', () => {
  it('of a release of the original run our images', async () => {
    const manifests = await render(setNamed('the values of a release of the original'));
    const images = containersOf(manifests).map(({ container }) => container.image);
    expect([...new Set(images)].sort()).toEqual([
      'aad-pod-identity/mic:v0.1.0',
      'aad-pod-identity/nmi:v0.1.0',
    ]);
  });

  it('keep their meaning', async () => {
    const manifests = await render(setNamed('every value of the original'));
    const mic = containersOf([only(manifests, 'Deployment')])[0]?.container;
    const nmi = containersOf([only(manifests, 'DaemonSet')])[0]?.container;
    if (mic === undefined || nmi === undefined) throw new Error('no container');
    expect(readArguments(mic).settings).toMatchObject({
      cloudConfig: '',
      forceNamespaced: true,
      syncMs: 1_800_000,
      reconcileMs: 300_000,
      retryMs: 2_000,
      createDeleteBatch: 30,
      immutableIdentities: ['00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-000000000005'],
      leaseNamespace: 'kube-system',
      leaseName: 'pod-id-lock',
      leaseDurationMs: 20_000,
      instance: 'one',
      probePort: 8181,
      metricsPort: 8889,
      userAgent: 'aad-pod-identity-mic/0 contoso',
    });
    expect(readArguments(nmi).settings).toMatchObject({
      probePort: 8086,
      metricsPort: 9091,
      policy: { mode: 'standard', forceNamespaced: true },
      rules: { metadataHeaderRequired: false, blockInstanceMetadata: true },
      bounds: { createdMs: 60_000, assignedMs: 18_000, answerAtOnce: true },
      redirect: { intervalMs: 30_000, deleteConnections: true },
      allowKubenet: true,
      kubeletConfig: '/etc/sysconfig/kubelet',
      userAgent: 'aad-pod-identity-nmi/0 contoso',
    });
    expect(mic.env?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['CLOUD', 'CLIENT_SECRET', 'USE_MSI', 'AZURE_ENVIRONMENT_FILEPATH']),
    );
    expect(mic.image).toBe('registry.example.com/mirror/aad-pod-identity/mic-amd64:v0.1.0');
    expect(only(manifests, 'Deployment').spec?.replicas).toBe(3);
    expect(only(manifests, 'AzureIdentity', 'storage-reader').metadata.namespace).toBe('team-a');
    expect(only(manifests, 'AzureIdentity', 'legacy').spec).toMatchObject({
      type: 1,
      clientPassword: { name: 'legacy-secret', namespace: 'credentials' },
    });
    expect(only(manifests, 'AzureIdentityBinding', 'legacy-binding').spec).toEqual({
      azureIdentity: 'legacy',
      selector: 'legacy',
    });
    // The right to read Secrets follows from the identity.
    expect(only(manifests, 'Role', 'pod-id-nmi-secrets').metadata.namespace).toBe('credentials');
    expect(only(manifests, 'AzurePodIdentityException', 'agent').spec).toEqual({
      podLabels: { app: 'agent', managed: 'true' },
    });
  });

  it.each(['false', false])('installMICException: %j installs none', async (installMICException) => {
    const manifests = await render({ installMICException });
    expect(manifests.map(({ kind }) => kind)).not.toContain('AzurePodIdentityException');
  });
});

describe('pods', () => {
  it.each(restrictedSets)('of MIC fit the pod security standard "restricted" with %s', async (name) => {
    for (const manifest of await render(setNamed(name))) {
      const pod = manifest.spec?.template?.spec;
      if (pod === undefined || manifest.kind === 'DaemonSet') continue;
      expect(pod.hostNetwork).toBeUndefined();
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const volume of pod.volumes ?? []) expect(Object.keys(volume)).not.toContain('hostPath');
    }
  });

  it('have no privilege but what NMI needs for the nat table', async () => {
    for (const { owner, container } of containersOf(await render({}))) {
      expect(container.securityContext).toEqual({
        ...(owner.kind === 'DaemonSet' ? { runAsUser: 0 } : {}),
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: {
          drop: ['ALL'],
          ...(owner.kind === 'DaemonSet' ? { add: ['NET_ADMIN', 'NET_RAW'] } : {}),
        },
      });
    }
  });

  it('of NMI know the node, their own name, the lock of iptables, and what tells kubenet', async () => {
    const daemonSet = only(await render({}), 'DaemonSet');
    const [found] = containersOf([daemonSet]);
    expect(daemonSet.spec?.template?.spec.hostNetwork).toBe(true);
    expect(found?.container.env?.map(({ name }) => name)).toEqual(['NODE_NAME', 'POD_NAME', 'POD_NAMESPACE']);
    expect(found?.container.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
      '/run/xtables.lock',
      '/etc/default/kubelet',
      '/etc/cni/net.d',
    ]);
  });

  it('of NMI come to a node with the startup taint, and may take it off, only where asked for', async () => {
    const tolerates = (manifests: readonly Manifest[]): unknown =>
      only(manifests, 'DaemonSet').spec?.template?.spec.tolerations;
    const nodes = (manifests: readonly Manifest[]): unknown =>
      only(manifests, 'ClusterRole', 'aad-pod-identity-nmi').rules?.find(({ resources }) =>
        resources.includes('nodes'),
      )?.verbs;
    const [without, having] = [await render({}), await render({ nmi: { startupTaint: true } })];
    expect([tolerates(without), nodes(without)]).toEqual([undefined, undefined]);
    expect(tolerates(having)).toEqual([{ key: 'aadpodidentity.k8s.io/nmi-not-ready', operator: 'Exists' }]);
    expect(nodes(having)).toEqual(['get', 'patch']);
  });
});

describe('before it is uninstalled', () => {
  it('MIC stops and releases everything, in a pod that the metadata service knows as MIC’s', async () => {
    const values = { uninstall: { attached: 'list', timeout: '90s' } };
    const manifests = await render(values);
    const hooks = manifests.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'pre-delete');
    expect(hooks.map(({ kind }) => kind).sort()).toEqual([
      'AzurePodIdentityException',
      'Job',
      'Role',
      'RoleBinding',
    ]);
    const job = only(hooks, 'Job');
    const [found] = containersOf([job]);
    if (found === undefined) throw new Error('no container');
    expect(found.container.args?.[0]).toBe('uninstall');
    expect(readArguments(found.container).settings).toMatchObject({
      uninstall: {
        attached: 'list',
        deployment: { namespace: 'kube-system', name: only(manifests, 'Deployment').metadata.name },
        timeoutMs: 90_000,
      },
    });
    expect(job.spec?.template?.metadata.labels).toEqual(
      only(hooks, 'AzurePodIdentityException').spec?.podLabels,
    );
    expect(only(hooks, 'Role').rules).toEqual([
      {
        apiGroups: ['apps'],
        resources: ['deployments/scale'],
        resourceNames: ['aad-pod-identity-mic'],
        verbs: ['patch'],
      },
    ]);
  });

  it.each([{ uninstall: { enabled: false } }, { operationMode: 'managed' }])(
    'there is nothing to do with %j',
    async (values) => {
      const manifests = await render(values);
      expect(
        manifests.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] !== undefined),
      ).toEqual([]);
    },
  );
});

describe('admission policies', () => {
  it('are those of deploy/admission, and tenants are held to MIC’s own account', async () => {
    const manifests = await render(setNamed('everything new'));
    const policies = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(policies.length).toBeGreaterThan(4);
    const config = only(manifests, 'ConfigMap', 'aad-pod-identity-tenancy').data;
    expect(config).toMatchObject({ forceNamespaced: 'true', 'team-a.clientIDs': 'a\nb' });
    expect(config?.['assignmentWriters']?.split('\n')[0]).toBe(
      'system:serviceaccount:kube-system:aad-pod-identity-mic',
    );
    expect((await render({})).map(({ kind }) => kind)).not.toContain('ValidatingAdmissionPolicy');
  });

  it('need a Kubernetes that knows them', async () => {
    await expect(render({ admissionPolicy: { enabled: true } }, '1.29.0')).rejects.toThrow(/1\.30 or newer/);
  });
});

describe('rights', () => {
  it('to Secrets are a Role in each namespace that is listed', async () => {
    const manifests = await render({ rbac: { secretNamespaces: ['team-b', 'team-a'] } });
    const roles = manifests.filter(
      ({ kind, rules = [] }) =>
        kind === 'Role' && rules.some(({ resources }) => resources.includes('secrets')),
    );
    expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['team-a', 'team-b']);
    expect(roles.flatMap(({ rules = [] }) => rules.flatMap(({ verbs }) => verbs))).toEqual(['get', 'get']);
  });

  it('to Secrets are none where allowAccessToSecrets is false', async () => {
    const rbac = { secretNamespaces: ['team-a'], allowAccessToSecrets: false };
    const rules = (await render({ rbac })).flatMap((manifest) => manifest.rules ?? []);
    expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets');
  });

  it('are none in managed mode that only MIC, or what it writes, would need', async () => {
    const manifests = await render({ operationMode: 'managed' });
    const resources = manifests.flatMap(({ rules = [] }) => rules.flatMap((rule) => rule.resources));
    expect([...new Set(resources)].sort()).toEqual([
      'azureidentities',
      'azureidentitybindings',
      'azurepodidentityexceptions',
      'daemonsets',
      'events',
      'pods',
    ]);
  });
});
