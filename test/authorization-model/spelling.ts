/**
 * From the plain things of the model to what NMI meets: Kubernetes objects and raw requests, with the same things spelled
 * in every way that means the same.
 *
 * @module
 */
import type { SeededRandom } from '../seeded-random.js';
import type { Assigned, Binding, Exception, Identity, Pod, Request } from './model.js';
import type { Change } from './random-cluster.js';

type Json = Readonly<Record<string, unknown>>;

/** The node that NMI runs on. */
export const thisNode = 'node-1';

/** Addresses as pods have them, and as sockets report them. */
const addressSpellings: Readonly<Record<string, readonly string[]>> = {
  a1: ['10.1.0.1', '::ffff:10.1.0.1', '::FFFF:a01:1', '0:0:0:0:0:ffff:10.1.0.1'],
  a2: ['10.1.0.2', '::ffff:10.1.0.2'],
  a3: ['fd00::3', 'FD00::3', 'fd00:0:0:0:0:0:0:3', 'fd00::3%eth0', 'fd00:0::0:3'],
  a4: ['fe80::a4', 'fe80::a4%5', 'FE80:0::A4%eth1'],
  a5: ['10.1.0.5', '::ffff:10.1.0.5'],
  a6: ['10.1.0.6'],
  a7: ['10.1.0.7', '::ffff:10.1.0.7'],
  a8: ['fd00::8'],
  nobody: ['10.9.9.9', 'fd00::99', '::ffff:10.9.9.9', '10.1.0.11', '::10.1.0.1'],
  node: ['127.0.0.1', '::ffff:127.0.0.1', '::1', '0:0:0:0:0:0:0:1'],
};

const clientIds: Readonly<Record<string, string>> = {
  c1: 'aaaaaaaa-0000-4000-8000-00000000000a',
  c2: 'bbbbbbbb-0000-4000-8000-00000000000b',
  c3: 'cccccccc-0000-4000-8000-00000000000c',
  c9: 'dddddddd-0000-4000-8000-00000000000d',
};

/** An address in one of its spellings. */
export function spelledAddress(address: string, random: SeededRandom): string {
  return random.pick(addressSpellings[address] ?? []);
}

function spelledClient(client: string, random: SeededRandom): string {
  return anyCase(clientIds[client] ?? '', random);
}

/** The plain name of a client ID. */
export function plainClient(clientId: string): string {
  return Object.entries(clientIds).find(([, id]) => id === clientId.toLowerCase())?.[0] ?? clientId;
}

function spelledResource(resource: string, random: SeededRandom): string {
  if (resource === '') return random.pick(['', 'nonsense', '/subscriptions/s/resourceGroups/g/providers/x']);
  const id = `/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${resource}`;
  return random.percent(20) ? `https://management.azure.com${id}` : anyCase(id, random);
}

function anyCase(text: string, random: SeededRandom): string {
  return random.pick([text, text, text.toUpperCase(), text.toLowerCase()]);
}

/** A change as the Kubernetes object that is there now, or was. */
export function spelledObject({ kind, object }: Change, random: SeededRandom): Json {
  switch (kind) {
    case 'pods':
      return podJson(object as Pod, random);
    case 'identities':
      return identityJson(object as Identity, random);
    case 'bindings':
      return bindingJson(object as Binding, random);
    case 'exceptions':
      return custom('AzurePodIdentityException', object, { podLabels: (object as Exception).labels });
    case 'assigned':
      return assignedJson(object as Assigned, random);
  }
}

function podJson(pod: Pod, random: SeededRandom): Json {
  const { namespace, name, uid, labels } = pod;
  const ips = pod.addresses.map((address) => podIp(address, random));
  return {
    kind: 'Pod',
    metadata: {
      ...{ namespace, name, uid, labels, resourceVersion: '1' },
      ...(pod.deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName: pod.onNode ? thisNode : random.pick(['', 'node-2']), hostNetwork: pod.hostNetwork },
    status: {
      phase: pod.finished
        ? random.pick(['Succeeded', 'Failed'])
        : random.pick(['Running', 'Pending', 'Unknown', '']),
      podIP: ips[0] ?? '',
      podIPs: ips.map((ip) => ({ ip })),
    },
  };
}

/** Kubernetes writes no zones into a pod's status. */
function podIp(address: string, random: SeededRandom): string {
  return spelledAddress(address, random).split('%', 1)[0] ?? '';
}

function identityJson(identity: Identity, random: SeededRandom): Json {
  const { type, client, resource, secretNamespace, knownEndpoint, namespaced } = identity;
  const annotations = namespaced ? { 'aadpodidentity.k8s.io/Behavior': 'namespaced' } : {};
  return custom(
    'AzureIdentity',
    identity,
    {
      ...(type === 0 && random.percent(30) ? {} : { type }),
      [random.pick(['clientID', 'ClientID', 'clientid'])]: spelledClient(client, random),
      [random.pick(['resourceID', 'ResourceID'])]: spelledResource(resource, random),
      tenantID: 't',
      clientPassword: { name: 's', namespace: secretNamespace },
      adEndpoint: knownEndpoint
        ? random.pick(['', 'https://login.microsoftonline.com/', 'https://LOGIN.microsoftonline.us'])
        : random.pick([
            'https://evil.example',
            'http://login.microsoftonline.com',
            'https://login.microsoftonline.com/x',
          ]),
    },
    { annotations, uid: identity.uid },
  );
}

function bindingJson({ namespace, name, identity, selector, weight }: Binding, random: SeededRandom): Json {
  return custom(
    'AzureIdentityBinding',
    { namespace, name },
    {
      [random.pick(['azureIdentity', 'AzureIdentity'])]: identity,
      [random.pick(['selector', 'Selector'])]: selector,
      ...(weight === 0 && random.percent(50) ? {} : { weight }),
    },
  );
}

function assignedJson(assigned: Assigned, random: SeededRandom): Json {
  const { pod, identity, onNode, resource, status } = assigned;
  const json = custom('AzureAssignedIdentity', assigned, {
    azureIdentityRef: custom('AzureIdentity', identity, { resourceID: spelledResource(resource, random) }),
    azureBindingRef: custom('AzureIdentityBinding', { namespace: identity.namespace, name: 'b1' }, {}),
    pod: pod.name,
    podNamespace: pod.namespace,
    nodename: onNode ? thisNode : 'node-2',
  });
  return status === '' ? json : { ...json, status: { status } };
}

function custom(
  kind: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  spec: Json,
  more: Json = {},
): Json {
  return {
    apiVersion: 'aadpodidentity.k8s.io/v1',
    kind,
    metadata: { namespace, name, resourceVersion: '1', ...more },
    spec,
  };
}

/** A request as it comes over the wire: target, headers and the address of the socket. */
export function spelledRequest(
  request: Request,
  random: SeededRandom,
): { readonly target: string; readonly headers: readonly string[]; readonly address: string } {
  const { client, resource, host } = request;
  const query = [`resource=${random.pick(['https://r.example', 'https%3A%2F%2Fr.example', 'other'])}`];
  if (client !== undefined) query.push(`client_id=${spelledClient(client, random)}`);
  else if (random.percent(10)) query.push('client_id=');
  if (resource !== undefined) {
    const names = random.percent(20)
      ? ['mi_res_id', 'msi_res_id']
      : [random.pick(['mi_res_id', 'msi_res_id'])];
    const value = encodeURIComponent(spelledResource(resource, random));
    for (const name of names) query.push(`${name}=${value}`);
  }
  const path =
    host === undefined ? random.pick(['/metadata/', '/Metadata/']) + 'identity/oauth2/token' : '/host/token';
  const headers = host === undefined ? [] : ['podns', host.namespace, 'podname', host.name];
  return {
    target: `${path}${random.pick(['', '/'])}?${query.join('&')}`,
    headers: ['Host', 'x', 'Metadata', 'true', ...headers],
    address: spelledAddress(request.from, random),
  };
}
