/** Type segment of a resource that ARM can attach an identity to. */
export type ComputeResourceType = 'virtualMachines' | 'virtualMachineScaleSets';

/** A VM, or a scale set all of whose instances share one identity list. */
export interface ComputeResource {
  readonly type: ComputeResourceType;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

const SEGMENT = String.raw`([^/?#\s\u0000-\u001f]+)`;
const PREFIX = `/subscriptions/${SEGMENT}/resourcegroups/${SEGMENT}/providers/microsoft\\.compute`;
const RESOURCE_ID = new RegExp(`^${PREFIX}/(virtualmachines|virtualmachinescalesets)/${SEGMENT}$`, 'i');

/** ARM resource ID of a compute resource, in ARM's own spelling. */
export function formatComputeResource(resource: ComputeResource): string {
  return `/subscriptions/${resource.subscriptionId}/resourceGroups/${resource.resourceGroup}/providers/Microsoft.Compute/${resource.type}/${resource.name}`;
}

/** Key under which compute resources are compared and indexed: the same for every casing. */
export function computeResourceKey(resource: ComputeResource): string {
  return formatComputeResource(resource).toLowerCase();
}

/**
 * Reads an ARM resource ID of a VM or of a scale set (not of an instance in one), in any casing.
 *
 * @returns undefined when it is not one.
 */
export function parseComputeResource(id: string): ComputeResource | undefined {
  const [, subscriptionId, resourceGroup, type, name] = RESOURCE_ID.exec(id) ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || type === undefined || name === undefined)
    return undefined;
  return {
    type: type.toLowerCase() === 'virtualmachines' ? 'virtualMachines' : 'virtualMachineScaleSets',
    subscriptionId,
    resourceGroup,
    name,
  };
}
