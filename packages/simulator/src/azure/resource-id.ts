/**
 * ARM resource IDs as the simulator needs them. Written apart from the product's own parser on purpose: the simulator
 * must not agree with its mistakes.
 *
 * @module
 */

/** The form in which two IDs of one resource are equal: lower case, no slash at the end. */
export function idKey(id: string): string {
  return id.toLowerCase().replace(/\/+$/, '');
}

/** Whether `id` is `scope` or lies below it. The scope `/` holds everything. */
export function isWithin(id: string, scope: string): boolean {
  const key = idKey(id);
  const scopeKey = idKey(scope);
  return key === scopeKey || key.startsWith(`${scopeKey}/`);
}

/** What a resource ID below a resource group says. */
export interface ResourceId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** `Microsoft.Compute/virtualMachines`, spelled as in the ID. */
  readonly type: string;
  readonly name: string;
}

const pattern =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/([^/]+\/[^/]+)\/([^/]+)(?:\/([^/]+)\/([^/]+))?$/i;

/** Takes a resource ID (or that of a resource inside one) apart; `undefined` where it is none. */
export function parseResourceId(id: string): ResourceId | undefined {
  const found = pattern.exec(id);
  if (found === null) return undefined;
  const [, subscriptionId = '', resourceGroup = '', type = '', name = '', childType, childName] = found;
  if (childType === undefined || childName === undefined)
    return { subscriptionId, resourceGroup, type, name };
  return { subscriptionId, resourceGroup, type: `${type}/${childType}`, name: childName };
}

/** The ID of a virtual machine or scale set, in ARM's usual spelling. */
export function computeId(
  subscriptionId: string,
  resourceGroup: string,
  type: 'virtualMachines' | 'virtualMachineScaleSets',
  name: string,
): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/${type}/${name}`;
}

/** The ID of a user-assigned identity. Its provider spells `resourcegroups` in lower case, unlike the others. */
export function userAssignedIdentityId(subscriptionId: string, resourceGroup: string, name: string): string {
  return `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
}

/** Whether `id` names a user-assigned identity, in any casing. */
export function isUserAssignedIdentityId(id: string): boolean {
  return parseResourceId(id)?.type.toLowerCase() === 'microsoft.managedidentity/userassignedidentities';
}
