import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConnection, type Connection, type KubernetesRequest } from '@aad-pod-identity/kubernetes';
import { systemClock } from '@aad-pod-identity/program';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runNmi } from '../../packages/nmi-server/src/nmi.js';
import { FakeIptables } from '../../packages/nmi-server/src/testing/fake-iptables.js';
import { harmlessEffects } from '../../packages/nmi-server/src/testing/simulated-nmi.js';
import { startControlPlane, type ControlPlane } from '../controlplane/control-plane.js';

const node = 'n1';
const labels = { app: 'nmi' };
/** What a kubelet would say, for the scheduler. */
const room = { cpu: '4', memory: '8Gi', pods: '110' };
const taintKey = 'aadpodidentity.k8s.io/nmi-not-ready';

interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly object[];
  };
  readonly spec: { readonly nodeName?: string; readonly taints?: readonly { readonly key: string }[] };
}

/** NMI's rights, and no more: what docs/interception.md lists. */
const role = (namespace: string, name: string, rules: readonly object[]): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { namespace, name },
  rules,
});

describe('nmi as a DaemonSet of a real control plane', { timeout: 120_000 }, () => {
  let controlPlane: ControlPlane;
  let api: Connection;
  let namespace: string;
  let namespaces = 0;
  let iptables: FakeIptables;
  const running = new Set<() => Promise<number>>();

  const request = async (request: KubernetesRequest): Promise<unknown> => {
    const response = await api.request(request);
    const body = await response.json();
    if (response.status >= 400)
      throw new Error(`${request.method} ${request.path}: ${response.status} ${JSON.stringify(body)}`);
    return body;
  };
  const create = (path: string, body: object): Promise<unknown> => request({ method: 'POST', path, body });
  const inNamespace = (plural: string, group = 'apps/v1'): string =>
    `/${group === 'v1' ? 'api' : 'apis'}/${group}/namespaces/${namespace}/${plural}`;
  const eventually = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (const deadline = Date.now() + 60_000; ;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`in vain: ${look.toString()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const findPod = async (fits: (pod: ApiObject) => boolean): Promise<ApiObject> =>
    eventually(async () => {
      const { items } = (await request({ method: 'GET', path: inNamespace('pods', 'v1') })) as {
        items: ApiObject[];
      };
      return items.find(fits);
    });
  const deletePod = (name: string, body: object = {}): Promise<unknown> =>
    request({ method: 'DELETE', path: `${inNamespace('pods', 'v1')}/${name}`, body });
  const deleteDaemonSet = (propagationPolicy: string): Promise<unknown> =>
    request({ method: 'DELETE', path: `${inNamespace('daemonsets')}/nmi`, body: { propagationPolicy } });

  /** Starts the NMI of the DaemonSet's pod, with the rights of its ServiceAccount. */
  const start = async (pod: ApiObject, ...flags: readonly string[]) => {
    const token = (await create(`${inNamespace('serviceaccounts', 'v1')}/nmi/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    })) as { status: { token: string } };
    const kubeconfig = join(controlPlane.directory, `${namespace}.json`);
    const cluster = {
      server: controlPlane.url,
      'certificate-authority-data': Buffer.from(controlPlane.ca).toString('base64'),
    };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'nmi', user: { token: token.status.token } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'nmi' } }],
      'current-context': 'c',
    };
    await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });
    const stop = new AbortController();
    const lines: string[] = [];
    const ended = runNmi(
      {
        argv: [
          `--kubeconfig=${kubeconfig}`,
          `--node=${node}`,
          '--nmi-port=0',
          '--http-probe-port=0',
          '--prometheus-port=0',
          `--pod-namespace=${namespace}`,
          `--pod-name=${pod.metadata.name}`,
          ...flags,
        ],
        environment: {},
        stop: stop.signal,
        print: () => undefined,
      },
      { ...harmlessEffects((line) => lines.push(line)), run: iptables.run },
    );
    const end = (): Promise<number> => {
      running.delete(end);
      stop.abort();
      return ended;
    };
    running.add(end);
    const said = (text: string): Promise<unknown> =>
      eventually(() => Promise.resolve(lines.find((line) => line.includes(text))));
    await said('of NMI is present');
    return {
      said,
      lines,
      /** As kubelet does to a pod that is being deleted. @returns whether the rules are gone */
      stop: async (): Promise<boolean> => {
        expect(iptables.nat().chain).toBeDefined();
        await end();
        return iptables.nat().chain === undefined;
      },
    };
  };
  /** The pod of the DaemonSet on the node, its NMI running. */
  const startOfDaemonSet = async (...flags: readonly string[]) => {
    const pod = await findPod(
      ({ spec, metadata }) => spec.nodeName === node && metadata.deletionTimestamp === undefined,
    );
    return { pod, nmi: await start(pod, ...flags) };
  };
  const terminating = (pod: ApiObject): Promise<ApiObject> =>
    findPod(({ metadata }) => metadata.uid === pod.metadata.uid && metadata.deletionTimestamp !== undefined);

  beforeAll(async () => {
    controlPlane = await startControlPlane({ controllerManager: true, scheduler: true });
    api = await loadConnection({
      kubeconfig: controlPlane.kubeconfig,
      userAgent: 'nmi-lifecycle',
      env: {},
      clock: systemClock,
    });
    await create('/api/v1/nodes', {
      metadata: { name: node },
      spec: {
        taints: [
          { key: taintKey, effect: 'NoSchedule' },
          { key: 'example.com/stays', effect: 'NoSchedule' },
          { key: taintKey, effect: 'PreferNoSchedule', value: 'too' },
        ],
      },
    });
    await request({
      method: 'PATCH',
      path: `/api/v1/nodes/${node}/status`,
      contentType: 'application/merge-patch+json',
      body: { status: { capacity: room, allocatable: room } },
    });
  }, 900_000);
  afterAll(async () => {
    await api.close();
    await controlPlane[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    namespace = `nmi-${++namespaces}`;
    iptables = new FakeIptables('iptables-nft');
    const rbac = 'rbac.authorization.k8s.io/v1';
    await create('/api/v1/namespaces', { metadata: { name: namespace } });
    await create(inNamespace('serviceaccounts', 'v1'), { metadata: { name: 'nmi' } });
    await create(
      inNamespace('roles', rbac),
      role(namespace, 'nmi', [
        {
          apiGroups: ['apps'],
          resources: ['daemonsets'],
          resourceNames: ['nmi'],
          verbs: ['get', 'list', 'watch'],
        },
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
      ]),
    );
    const subjects = [{ kind: 'ServiceAccount', name: 'nmi', namespace }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'nmi' };
    await create(inNamespace('rolebindings', rbac), { metadata: { name: 'nmi' }, subjects, roleRef });
    await create(inNamespace('daemonsets'), {
      metadata: { name: 'nmi' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: 'nmi',
            tolerations: [{ operator: 'Exists' }],
            containers: [{ name: 'nmi', image: 'example.invalid/nmi' }],
          },
        },
      },
    });
  });
  afterEach(async () => {
    await Promise.all([...running].map((end) => end()));
    await rm(join(controlPlane.directory, `${namespace}.json`), { force: true });
  });

  it('keeps the rules when a rolling update replaces its pod', async () => {
    const { pod, nmi } = await startOfDaemonSet();
    await request({
      method: 'PATCH',
      path: `${inNamespace('daemonsets')}/nmi`,
      contentType: 'application/merge-patch+json',
      body: { spec: { template: { metadata: { annotations: { version: '2' } } } } },
    });
    // The controller replaces a pod that is not ready at once; this one never is, for want of a kubelet.
    await terminating(pod);
    expect(await nmi.stop()).toBe(false);
    await deletePod(pod.metadata.name, { gracePeriodSeconds: 0 });
    await findPod(({ metadata }) => metadata.uid !== pod.metadata.uid);
  });

  it('removes them when the DaemonSet is deleted in the background', async () => {
    const { pod, nmi } = await startOfDaemonSet();
    await deleteDaemonSet('Background');
    await terminating(pod);
    expect(await nmi.stop()).toBe(true);
  });

  it('removes them when the DaemonSet is deleted in the foreground', async () => {
    const { pod, nmi } = await startOfDaemonSet();
    await deleteDaemonSet('Foreground');
    await terminating(pod);
    expect(await nmi.stop()).toBe(true);
    expect(nmi.lines.join('')).toContain('being deleted');
  });

  it('keeps them while an orphaned pod runs on, and removes them with it', async () => {
    const { pod, nmi } = await startOfDaemonSet();
    await deleteDaemonSet('Orphan');
    await nmi.said('of NMI is gone');
    await findPod(
      ({ metadata }) => metadata.uid === pod.metadata.uid && metadata.ownerReferences === undefined,
    );
    expect(iptables.nat().chain).toBeDefined();
    await deletePod(pod.metadata.name);
    expect(await nmi.stop()).toBe(true);
  });

  it('removes them when its permissions are deleted before the DaemonSet', async () => {
    const { pod, nmi } = await startOfDaemonSet();
    const rbac = 'rbac.authorization.k8s.io/v1';
    await request({ method: 'DELETE', path: `${inNamespace('rolebindings', rbac)}/nmi` });
    await request({ method: 'DELETE', path: `${inNamespace('roles', rbac)}/nmi` });
    await deleteDaemonSet('Background');
    await terminating(pod);
    await nmi.said('of NMI is gone');
    expect(await nmi.stop()).toBe(true);
  });

  it('takes the startup taint off its node, between others who change its taints', async () => {
    const clusterRole = `nmi-taint-${namespace}`;
    const rbacPath = '/apis/rbac.authorization.k8s.io/v1';
    await create(`${rbacPath}/clusterroles`, {
      metadata: { name: clusterRole },
      rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] }],
    });
    await create(`${rbacPath}/clusterrolebindings`, {
      metadata: { name: clusterRole },
      subjects: [{ kind: 'ServiceAccount', name: 'nmi', namespace }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
    });
    const path = `/api/v1/nodes/${node}`;
    const taints = async (): Promise<string[]> =>
      ((await request({ method: 'GET', path })) as ApiObject).spec.taints?.map(({ key }) => key) ?? [];
    expect(await taints()).toContain(taintKey);
    let stopChanging = false;
    const others = (async () => {
      for (let turn = 0; !stopChanging; turn++) {
        const list = ((await request({ method: 'GET', path })) as ApiObject).spec.taints ?? [];
        const rest = list.filter(({ key }) => key !== 'example.com/other');
        const body = [
          { op: 'test', path: '/spec/taints', value: list },
          {
            op: 'replace',
            path: '/spec/taints',
            value: turn % 2 === 0 ? [{ key: 'example.com/other', effect: 'NoSchedule' }, ...rest] : rest,
          },
        ];
        // What loses a race is refused, on either side.
        await request({ method: 'PATCH', path, contentType: 'application/json-patch+json', body }).catch(
          () => undefined,
        );
      }
    })();
    const { nmi } = await startOfDaemonSet('--startup-taint');
    await nmi.said(`is off node ${node}`);
    stopChanging = true;
    await others;
    expect(await taints()).not.toContain(taintKey);
    expect(await taints()).toContain('example.com/stays');
  });

  // The last one: nothing works after it.
  it('keeps them when the API server is gone', async () => {
    const { nmi } = await startOfDaemonSet();
    await controlPlane[Symbol.asyncDispose]();
    expect(await nmi.stop()).toBe(false);
    expect(nmi.lines.join('')).toContain('whether NMI is uninstalled is not known');
  });
});
