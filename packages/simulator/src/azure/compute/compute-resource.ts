/**
 * What the simulated Azure knows of a virtual machine or a scale set.
 *
 * @module
 */
import { computeId } from '../resource-id.js';
import type { IdentityBlock } from './identity-block.js';

/** What both kinds of compute resource have. */
interface ComputeResourceBase {
  readonly id: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
  readonly vmSize: string;
  tags: Readonly<Record<string, string>>;
  /** The identities as ARM shows them: those of the last accepted update. */
  identity: IdentityBlock;
  /** The identities that the machines themselves can use: those of the last completed update. */
  effectiveIdentity: IdentityBlock;
  provisioningState: 'Succeeded' | 'Updating' | 'Failed' | 'Deleting';
  /** Counts the updates; the ETag. */
  generation: number;
  readonly createdAt: number;
}

/** A single virtual machine. */
export interface VirtualMachine extends ComputeResourceBase {
  readonly kind: 'virtualMachine';
  readonly vmId: string;
}

/** One machine of a scale set. It has the identities of its set. */
export interface ScaleSetInstance {
  readonly instanceId: string;
  /** `{set}_{instanceId}` */
  readonly name: string;
  readonly computerName: string;
  readonly vmId: string;
}

/** A scale set: many machines, one identity list. */
export interface ScaleSet extends ComputeResourceBase {
  readonly kind: 'scaleSet';
  readonly uniqueId: string;
  readonly instances: Map<string, ScaleSetInstance>;
}

/** The thing that ARM attaches an identity to. */
export type ComputeResource = VirtualMachine | ScaleSet;

/** One machine: what IMDS, and a node, stand for. */
export interface Machine {
  readonly resource: ComputeResource;
  /** The resource ID of the machine itself. */
  readonly id: string;
  readonly name: string;
  readonly computerName: string;
  readonly vmId: string;
  readonly instanceId?: string;
}

/** The provider type of a kind, as it stands in IDs. */
export function typeOf(kind: ComputeResource['kind']): 'virtualMachines' | 'virtualMachineScaleSets' {
  return kind === 'virtualMachine' ? 'virtualMachines' : 'virtualMachineScaleSets';
}

/** The machines of a resource: the virtual machine itself, or the instances of the set. */
export function machinesOf(resource: ComputeResource): Machine[] {
  if (resource.kind === 'virtualMachine') {
    const { id, name, vmId } = resource;
    return [{ resource, id, name, computerName: name, vmId }];
  }
  return [...resource.instances.values()].map(({ instanceId, name, computerName, vmId }) => ({
    resource,
    id: instanceResourceId(resource, instanceId),
    name,
    computerName,
    vmId,
    instanceId,
  }));
}

/** The resource ID of an instance of a scale set. */
export function instanceResourceId(scaleSet: ScaleSet, instanceId: string): string {
  const { subscriptionId, resourceGroup, name } = scaleSet;
  return `${computeId(subscriptionId, resourceGroup, 'virtualMachineScaleSets', name)}/virtualMachines/${instanceId}`;
}
