import { parseComputeResource, type ComputeResource } from './compute-resource.js';

/** What a node's `spec.providerID` says on Azure. */
export interface AzureProviderId {
  /** What identities are attached to: the VM, or the scale set of the instance. */
  readonly resource: ComputeResource;
  /** Number of the instance in its scale set; undefined for a VM. */
  readonly instanceId: string | undefined;
}

const SCHEME = /^azure:\/\/(?=\/)/i;
const INSTANCE = /^(.+\/virtualmachinescalesets\/[^/]+)\/virtualmachines\/([^/\s]+)$/i;

/**
 * Reads a node's `spec.providerID`:
 * `azure:///subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachineScaleSets/{vmss}/virtualMachines/{i}`
 * or `.../virtualMachines/{vm}`, in any casing. Subscription and resource group come from here and nowhere else
 * (docs/spec.md section 4).
 *
 * @returns undefined when it is empty, not Azure's, or names neither: such a node is unresolved.
 */
export function parseProviderId(providerId: string): AzureProviderId | undefined {
  const path = providerId.replace(SCHEME, '');
  if (path === providerId) return undefined;
  const [, scaleSet, instanceId] = INSTANCE.exec(path) ?? [];
  const resource = parseComputeResource(scaleSet ?? path);
  if (resource === undefined) return undefined;
  if (instanceId === undefined && resource.type === 'virtualMachineScaleSets') return undefined;
  return { resource, instanceId };
}
