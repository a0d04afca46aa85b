import {
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeNode,
  decodePod,
  formatComputeResource,
  type AzureIdentity,
  type AzureIdentityBinding,
  type ComputeResource,
  type Decoded,
  type Node,
  type Pod,
} from '@aad-pod-identity/core';

const subscription = '11111111-2222-3333-4444-555555555555';
const group = `/subscriptions/${subscription}/resourceGroups/MC_rg/providers/Microsoft.Compute`;

export const vm = (name: string): ComputeResource => ({
  type: 'virtualMachines',
  subscriptionId: subscription,
  resourceGroup: 'MC_rg',
  name,
});
export const scaleSet = (name: string): ComputeResource => ({ ...vm(name), type: 'virtualMachineScaleSets' });

/** The key (lower-case resource ID) of the identity of that name in Azure. */
export const idOf = (name: string): string =>
  `/subscriptions/${subscription}/resourcegroups/ids/providers/microsoft.managedidentity/userassignedidentities/${name}`;

function valueOf<T>(decoded: Decoded<T>): T {
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
  return decoded.value;
}

let versions = 0;
const meta = (namespace: string, name: string): object => ({
  namespace,
  name,
  uid: `uid-of-${namespace}-${name}`,
  resourceVersion: String(++versions),
});

export function node(name: string, providerID: string): Node {
  return valueOf(decodeNode({ metadata: { name, uid: `uid-of-${name}` }, spec: { providerID } }));
}

/** The providerID of a VM, or of an instance of a scale set. */
export const providerIdOf = (resource: ComputeResource, instance?: number): string =>
  `azure://${formatComputeResource(resource)}${instance === undefined ? '' : `/virtualMachines/${instance}`}`;

export const vmNode = (name: string): Node => node(name, `azure://${group}/virtualMachines/${name}`);
export const instanceNode = (set: string, instance: number): Node =>
  node(`${set}-${instance}`, `azure://${group}/virtualMachineScaleSets/${set}/virtualMachines/${instance}`);

export function pod(name: string, label: string, nodeName: string, phase = 'Running'): Pod {
  const labels = { aadpodidbinding: label };
  return valueOf(
    decodePod({ metadata: { ...meta('default', name), labels }, spec: { nodeName }, status: { phase } }),
  );
}

export function identity(name: string, spec: object = {}): AzureIdentity {
  const full = { type: 0, resourceID: idOf(name), clientID: `client-of-${name}`, ...spec };
  return valueOf(decodeAzureIdentity({ metadata: meta('default', name), spec: full }));
}

export function binding(name: string, azureIdentity: string, selector: string): AzureIdentityBinding {
  return valueOf(
    decodeAzureIdentityBinding({ metadata: meta('default', name), spec: { azureIdentity, selector } }),
  );
}
