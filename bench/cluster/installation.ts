import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { shippedCrds } from '../../test/shipped-crds.js';
import type { ControlPlane } from '../../test/controlplane/control-plane.js';
import type { ClusterApi } from './cluster-api.js';
import { paths } from './objects.js';

/** What runs here is started by the bench: of the manifest, only what the API server decides by is created. */
const collections: Readonly<Record<string, string>> = {
  ServiceAccount: '/api/v1/namespaces/default/serviceaccounts',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings',
  DaemonSet: '/apis/apps/v1/namespaces/default/daemonsets',
};

/** What `deploy/` installs, as far as MIC and NMI see it. */
export class Installation {
  readonly #api: ClusterApi;
  readonly #controlPlane: ControlPlane;
  readonly #daemonSet: string;

  private constructor(api: ClusterApi, controlPlane: ControlPlane, daemonSet: string) {
    this.#api = api;
    this.#controlPlane = controlPlane;
    this.#daemonSet = daemonSet;
  }

  static async apply(api: ClusterApi, controlPlane: ControlPlane): Promise<Installation> {
    for (const crd of await shippedCrds())
      await api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    const text = await readFile(new URL('../../deploy/infra/deployment-rbac.yaml', import.meta.url), 'utf8');
    let daemonSet = '';
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as { readonly kind: string };
      const collection = collections[object.kind];
      if (collection === undefined) continue;
      const { metadata } = (await api.create(collection, object)) as { metadata?: { uid?: string } };
      if (object.kind === 'DaemonSet') daemonSet = metadata?.uid ?? '';
    }
    return new Installation(api, controlPlane, daemonSet);
  }

  /** The pod of NMI on a node, through which it finds its DaemonSet. @returns its name */
  async nmiPod(node: string): Promise<string> {
    const name = `nmi-${node}`;
    const owner = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      name: 'nmi',
      uid: this.#daemonSet,
      controller: true,
    };
    await this.#api.create(paths.pods('default'), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { component: 'nmi' }, ownerReferences: [owner] },
      spec: {
        nodeName: node,
        hostNetwork: true,
        serviceAccountName: 'aad-pod-id-nmi-service-account',
        containers: [{ name: 'nmi', image: 'aad-pod-identity/nmi' }],
      },
    });
    return name;
  }

  /** Writes a kubeconfig with a token of a service account, and nothing more. @returns its path */
  async kubeconfig(component: 'mic' | 'nmi'): Promise<string> {
    const account = `${paths.serviceAccounts('default')}/aad-pod-id-${component}-service-account`;
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 7_200 },
    };
    const { status } = (await this.#api.create(`${account}/token`, request)) as {
      status?: { token?: string };
    };
    const { url, ca, directory } = this.#controlPlane;
    const cluster = { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
    const path = join(directory, `${component}.kubeconfig`);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'bench', cluster }],
      users: [{ name: component, user: { token: status?.token } }],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: component } }],
      'current-context': 'bench',
    };
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }
}
