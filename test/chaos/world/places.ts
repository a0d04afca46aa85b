import type { Azure } from '@aad-pod-identity/simulator';

/** Two subscriptions; names repeat in both, so that whoever looks into the wrong one finds something. */
export const subscriptions = [
  '11111111-2222-3333-4444-555555555555',
  '99999999-8888-7777-6666-555555555555',
] as const;

/** A VM or scale set that nodes can be on. */
export interface ComputePlace {
  readonly type: 'virtualMachines' | 'virtualMachineScaleSets';
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

const [first, second] = subscriptions;

/** Every VM and scale set of the world. */
export const computePlaces: readonly ComputePlace[] = [
  { type: 'virtualMachineScaleSets', subscriptionId: first, resourceGroup: 'MC_one', name: 'pool' },
  { type: 'virtualMachineScaleSets', subscriptionId: second, resourceGroup: 'MC_two', name: 'pool' },
  { type: 'virtualMachines', subscriptionId: first, resourceGroup: 'MC_one', name: 'vm-a' },
  { type: 'virtualMachines', subscriptionId: second, resourceGroup: 'MC_two', name: 'vm-a' },
  { type: 'virtualMachines', subscriptionId: first, resourceGroup: 'MC_one', name: 'vm-b' },
];

/** ARM's ID of a VM or scale set. */
export function placeId({ type, subscriptionId, resourceGroup, name }: ComputePlace): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/${type}/${name}`;
}

/** ARM's ID of the user-assigned identity of that number; odd ones are in the second subscription. */
export function azureIdentityId(number: number): string {
  const subscription = subscriptions[number % 2] ?? first;
  return `/subscriptions/${subscription}/resourcegroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/az-${number}`;
}

/** Adds the identity to Azure, with the role that lets MIC assign it. */
export function createAzureIdentity(azure: Azure, number: number, micObjectId: string): void {
  const subscriptionId = subscriptions[number % 2] ?? first;
  const { id } = azure.identities.put({
    subscriptionId,
    resourceGroup: 'ids',
    name: `az-${number}`,
    location: 'westeurope',
  });
  azure.roles.add({ principalId: micObjectId, role: 'Managed Identity Operator', scope: id });
}
