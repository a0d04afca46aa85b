/** The objects that the tests write, and the paths where they live. */

export const group = 'aadpodidentity.k8s.io';
export const apiVersion: string = `${group}/v1`;

export type CustomPlural =
  'azureidentities' | 'azureidentitybindings' | 'azureassignedidentities' | 'azurepodidentityexceptions';

/** Path of a collection of our group; without a namespace, that of all namespaces. */
export function custom(plural: CustomPlural, namespace?: string, name?: string): string {
  return path(`/apis/${apiVersion}`, plural, namespace, name);
}

/** Path of a collection of the core group. */
export function core(plural: string, namespace?: string, name?: string): string {
  return path('/api/v1', plural, namespace, name);
}

/** Path of the Leases of a namespace. */
export function leases(namespace: string, name?: string): string {
  return path('/apis/coordination.k8s.io/v1', 'leases', namespace, name);
}

function path(root: string, plural: string, namespace?: string, name?: string): string {
  const scope = namespace === undefined ? root : `${root}/namespaces/${namespace}`;
  return name === undefined ? `${scope}/${plural}` : `${scope}/${plural}/${name}`;
}

type Labels = Record<string, string>;

export const resourceId =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/demo/providers/Microsoft.ManagedIdentity/userAssignedIdentities/';

export interface CustomObject {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}

export function identity(name: string, more: { labels?: Labels; spec?: object } = {}): CustomObject {
  return {
    apiVersion,
    kind: 'AzureIdentity',
    metadata: { name, ...(more.labels === undefined ? {} : { labels: more.labels }) },
    spec: {
      type: 0,
      resourceID: `${resourceId}${name}`,
      clientID: '11111111-1111-1111-1111-111111111111',
      ...more.spec,
    },
  };
}

export function binding(name: string, spec: object = {}): CustomObject {
  return {
    apiVersion,
    kind: 'AzureIdentityBinding',
    metadata: { name },
    spec: { azureIdentity: 'reader', selector: 'web', ...spec },
  };
}

export function assigned(name: string, node = 'node-a', namespace = 'default'): CustomObject {
  return {
    apiVersion,
    kind: 'AzureAssignedIdentity',
    metadata: { name, labels: { nodename: node } },
    spec: {
      pod: 'web-0',
      podNamespace: namespace,
      nodename: node,
      azureIdentityRef: { ...identity('reader'), metadata: { name: 'reader', namespace } },
      azureBindingRef: { ...binding('web'), metadata: { name: 'web', namespace } },
    },
  };
}

export function exception(name: string, podLabels: Labels): CustomObject {
  return { apiVersion, kind: 'AzurePodIdentityException', metadata: { name }, spec: { podLabels } };
}

export interface CoreObject {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

/** A pod; `node` binds it where there is no scheduler (the node need not exist). */
export function pod(name: string, more: { node?: string; labels?: Labels } = {}): CoreObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(more.labels === undefined ? {} : { labels: more.labels }) },
    spec: {
      containers: [{ name: 'main', image: 'example.com/app:1' }],
      ...(more.node === undefined ? {} : { nodeName: more.node }),
    },
  };
}

export function configMap(name: string, more: { labels?: Labels; data?: Labels } = {}): CoreObject {
  const { labels, data } = more;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...(labels === undefined ? {} : { labels }) },
    ...(data === undefined ? {} : { data }),
  };
}
