/**
 * The installation by manifests that are made here.
 *
 * @module
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../wait.js';
import { azurePaths } from './azure.js';
import type { Cluster, ClusterObject } from './cluster.js';
import type { Installation, Values } from './installation.js';
import { readManifests } from './manifests.js';
import { rolledOut } from './rollout.js';

const crds = join(import.meta.dirname, '..', '..', '..', 'deploy', 'crds');
const namespace = 'default';

interface KnownValues {
  readonly forceNamespaced?: boolean;
  readonly mic?: { readonly extraArgs?: readonly string[]; readonly extraEnv?: readonly object[] };
  readonly nmi?: { readonly extraArgs?: readonly string[]; readonly extraEnv?: readonly object[] };
}

/** Applies and deletes the objects itself. */
export class PlainInstallation implements Installation {
  readonly namespace = namespace;
  readonly mic = 'mic';
  readonly nmi = 'nmi';
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async install(values: Values): Promise<void> {
    const cluster = this.#cluster;
    for (const file of (await readdir(crds)).filter((name) => name.endsWith('.yaml')))
      await cluster.apply(...(await readManifests(join(crds, file))));
    await eventually('the custom resources to be served', async () => {
      await cluster.list('AzurePodIdentityException');
      await cluster.list('AzureAssignedIdentity');
      return true;
    });
    await cluster.apply(...accounts(), ...programs(values as KnownValues));
    await rolledOut(cluster, this);
  }

  async uninstall(): Promise<void> {
    for (const object of [...programs({}), ...accounts()].filter(({ kind }) => kind !== 'Namespace'))
      await this.#cluster.delete(object.kind as 'Pod', object.metadata, { propagationPolicy: 'Background' });
    await eventually('MIC and NMI to be gone', async () => {
      const pods = await this.#cluster.list('Pod', {
        namespace,
        labelSelector: 'app.kubernetes.io/name=aad-pod-identity',
      });
      return pods.length === 0;
    });
  }
}

function accounts(): ClusterObject[] {
  const group = 'rbac.authorization.k8s.io';
  const own = ['azureidentities', 'azureidentitybindings', 'azurepodidentityexceptions'];
  const rules = {
    mic: [
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['list', 'watch'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      { apiGroups: [''], resources: ['endpoints'], verbs: ['get'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        verbs: ['get', 'create', 'update', 'watch', 'list'],
      },
      { apiGroups: ['aadpodidentity.k8s.io'], resources: own, verbs: ['list', 'watch', 'get'] },
      {
        apiGroups: ['aadpodidentity.k8s.io'],
        resources: ['azureassignedidentities'],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      },
      {
        apiGroups: ['aadpodidentity.k8s.io'],
        resources: ['azureidentities/status', 'azureidentitybindings/status'],
        verbs: ['patch'],
      },
    ],
    nmi: [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] },
      { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get', 'list', 'watch'] },
      {
        apiGroups: ['aadpodidentity.k8s.io'],
        resources: [...own, 'azureassignedidentities'],
        verbs: ['get', 'list', 'watch'],
      },
    ],
  };
  return (['mic', 'nmi'] as const).flatMap((program): ClusterObject[] => {
    const account = `aad-pod-id-${program}-service-account`;
    const role = `aad-pod-id-${program}-role`;
    return [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } },
      { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name: role }, rules: rules[program] },
      {
        apiVersion: `${group}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: `${role}-binding` },
        subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
      },
    ];
  });
}

function programs({ forceNamespaced = false, mic = {}, nmi = {} }: KnownValues): ClusterObject[] {
  const labels = (component: string): Record<string, string> => ({
    'app.kubernetes.io/name': 'aad-pod-identity',
    'app.kubernetes.io/component': component,
  });
  const probes = (port: number): object => ({
    readinessProbe: { httpGet: { path: '/readyz', port }, periodSeconds: 5 },
    livenessProbe: { httpGet: { path: '/healthz', port }, initialDelaySeconds: 10, periodSeconds: 5 },
  });
  const variable = (name: string, fieldPath: string): object => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  const force = forceNamespaced ? ['--forceNamespaced=true'] : [];
  const cloudFiles = { name: 'kubernetes', hostPath: { path: '/etc/kubernetes', type: 'Directory' } };
  const micPod = {
    serviceAccountName: 'aad-pod-id-mic-service-account',
    containers: [
      {
        name: 'mic',
        image: 'mic:test',
        args: [`--cloudconfig=${azurePaths.cloudConfig}`, ...force, ...(mic.extraArgs ?? [])],
        env: [variable('MIC_POD_NAMESPACE', 'metadata.namespace'), ...(mic.extraEnv ?? [])],
        volumeMounts: [{ name: 'kubernetes', mountPath: '/etc/kubernetes', readOnly: true }],
        ...probes(8080),
      },
    ],
    volumes: [cloudFiles],
  };
  const nmiPod = {
    serviceAccountName: 'aad-pod-id-nmi-service-account',
    hostNetwork: true,
    tolerations: [{ operator: 'Exists' }],
    terminationGracePeriodSeconds: 30,
    containers: [
      {
        name: 'nmi',
        image: 'nmi:test',
        args: [
          '--node=$(NODE_NAME)',
          '--http-probe-port=8085',
          '--enable-conntrack-deletion',
          ...force,
          ...(nmi.extraArgs ?? []),
        ],
        env: [
          variable('NODE_NAME', 'spec.nodeName'),
          variable('POD_NAME', 'metadata.name'),
          variable('POD_NAMESPACE', 'metadata.namespace'),
          variable('HOST_IP', 'status.podIP'),
          ...(nmi.extraEnv ?? []),
        ],
        securityContext: {
          runAsUser: 0,
          capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
        },
        volumeMounts: [
          { name: 'lock', mountPath: '/run/xtables.lock' },
          { name: 'kubelet', mountPath: '/etc/default/kubelet', readOnly: true },
        ],
        ...probes(8085),
      },
    ],
    volumes: [
      { name: 'lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } },
      { name: 'kubelet', hostPath: { path: '/etc/default/kubelet', type: 'FileOrCreate' } },
    ],
  };
  const workload = (kind: string, component: string, podSpec: object, more: object): ClusterObject => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: component, namespace },
    spec: {
      selector: { matchLabels: labels(component) },
      template: { metadata: { labels: labels(component) }, spec: podSpec },
      ...more,
    },
  });
  return [
    workload('Deployment', 'mic', micPod, { replicas: 2 }),
    workload('DaemonSet', 'nmi', nmiPod, { updateStrategy: { type: 'RollingUpdate' } }),
  ];
}
