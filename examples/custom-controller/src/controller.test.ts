import { CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { startSimulator, type Simulator } from '@aad-pod-identity/simulator';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runController } from './controller.js';
import { reportName } from './report-writer.js';

const group = 'aadpodidentity.k8s.io';
const apiVersion = `${group}/v1`;
const namespace = 'shop';
const resourceID =
  '/subscriptions/s/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/web';

let simulator: Simulator;
let stop: AbortController;
let running: Promise<void>;
let core: CoreV1Api;
let custom: CustomObjectsApi;
const logged: string[] = [];

beforeEach(async () => {
  simulator = await startSimulator({
    world: { virtualMachines: [{ name: 'node-1' }] },
    customResourceDefinitions: [
      definition('AzureIdentity', 'azureidentities'),
      definition('AzureIdentityBinding', 'azureidentitybindings'),
    ],
  });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(simulator.kubeconfig);
  core = kubeConfig.makeApiClient(CoreV1Api);
  custom = kubeConfig.makeApiClient(CustomObjectsApi);
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  stop = new AbortController();
  logged.length = 0;
  running = runController(kubeConfig, stop.signal, (line) => logged.push(line));
});

afterEach(async () => {
  stop.abort();
  await running;
  await simulator[Symbol.asyncDispose]();
});

test('the report follows pods, bindings and identities', async () => {
  await createPod('web-0', 'web');
  await reportToBe({
    'web-0':
      'no AzureIdentityBinding has the selector "web", which is the label aadpodidbinding of pod shop/web-0',
  });

  await create('azureidentitybindings', 'AzureIdentityBinding', { azureIdentity: 'web', selector: 'web' });
  await reportToBe({
    'web-0':
      'AzureIdentityBinding shop/web (selector "web") selects pod shop/web-0, but there is no AzureIdentity "web" in its namespace shop',
  });

  await create('azureidentities', 'AzureIdentity', { type: 0, resourceID, clientID: 'c' });
  const granted =
    'may use AzureIdentity shop/web: its label aadpodidbinding=web is the selector of AzureIdentityBinding shop/web';
  await reportToBe({ 'web-0': `pod shop/web-0 ${granted}` });

  await createPod('web-1', 'web');
  await reportToBe({ 'web-0': `pod shop/web-0 ${granted}`, 'web-1': `pod shop/web-1 ${granted}` });

  await core.deleteNamespacedPod({ namespace, name: 'web-0', gracePeriodSeconds: 0 });
  await reportToBe({ 'web-1': `pod shop/web-1 ${granted}` });
  expect(logged).toEqual([]);
});

test('a report that somebody changed is put right at the next event', async () => {
  await createPod('web-0', 'web');
  await vi.waitFor(() => core.readNamespacedConfigMap({ namespace, name: reportName }), { timeout: 10_000 });
  await core.deleteNamespacedConfigMap({ namespace, name: reportName });
  await createPod('web-1', 'web');
  await vi.waitFor(
    async () => {
      expect(Object.keys(await report())).toEqual(['web-0', 'web-1']);
    },
    { timeout: 10_000 },
  );
});

async function report(): Promise<Record<string, string>> {
  return (await core.readNamespacedConfigMap({ namespace, name: reportName })).data ?? {};
}

async function reportToBe(expected: Record<string, string>): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await report()).toEqual(expected);
    },
    { timeout: 10_000 },
  );
}

async function createPod(name: string, label: string): Promise<void> {
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name, labels: { aadpodidbinding: label } },
      spec: { containers: [{ name: 'web', image: 'registry.example.com/web:1' }] },
    },
  });
}

async function create(plural: string, kind: string, spec: object): Promise<void> {
  const body = { apiVersion, kind, metadata: { name: 'web', namespace }, spec };
  await custom.createNamespacedCustomObject({ group, version: 'v1', namespace, plural, body });
}

/** The kinds of AAD Pod Identity are installed in a real cluster; here any spec will do. */
function definition(kind: string, plural: string): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          },
        },
      ],
    },
  };
}
