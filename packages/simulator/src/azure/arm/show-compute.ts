/**
 * Virtual machines and scale sets as ARM's answers show them.
 *
 * @module
 */
import {
  instanceResourceId,
  type ComputeResource,
  type ScaleSet,
  type ScaleSetInstance,
} from '../compute/compute-resource.js';
import { showIdentityBlock } from '../compute/identity-block.js';
import type { ArmState } from './arm-state.js';

/** The ETag of a resource, with its quotation marks. */
export function etagOf(resource: ComputeResource): string {
  return `"${resource.generation}"`;
}

/** A virtual machine or a scale set. */
export function showCompute(state: ArmState, resource: ComputeResource): Record<string, unknown> {
  const identity = showIdentityBlock(resource.identity, state.identities);
  return {
    name: resource.name,
    id: resource.id,
    type:
      resource.kind === 'virtualMachine'
        ? 'Microsoft.Compute/virtualMachines'
        : 'Microsoft.Compute/virtualMachineScaleSets',
    location: resource.location,
    ...(Object.keys(resource.tags).length > 0 && { tags: resource.tags }),
    ...(identity && { identity }),
    etag: etagOf(resource),
    ...(resource.kind === 'scaleSet' && {
      sku: { name: resource.vmSize, tier: 'Standard', capacity: resource.instances.size },
    }),
    properties:
      resource.kind === 'virtualMachine' ? machineProperties(resource) : scaleSetProperties(resource),
  };
}

/** One instance of a scale set. It shows no identity of its own. */
export function showInstance(scaleSet: ScaleSet, instance: ScaleSetInstance): Record<string, unknown> {
  return {
    name: instance.name,
    id: instanceResourceId(scaleSet, instance.instanceId),
    type: 'Microsoft.Compute/virtualMachineScaleSets/virtualMachines',
    location: scaleSet.location,
    instanceId: instance.instanceId,
    sku: { name: scaleSet.vmSize, tier: 'Standard' },
    properties: {
      latestModelApplied: true,
      vmId: instance.vmId,
      hardwareProfile: {},
      ...linuxMachine(instance.computerName),
      provisioningState: scaleSet.provisioningState,
      timeCreated: timestamp(scaleSet.createdAt),
    },
  };
}

function machineProperties(
  machine: Extract<ComputeResource, { kind: 'virtualMachine' }>,
): Record<string, unknown> {
  return {
    hardwareProfile: { vmSize: machine.vmSize },
    provisioningState: machine.provisioningState,
    vmId: machine.vmId,
    ...linuxMachine(machine.name),
    timeCreated: timestamp(machine.createdAt),
  };
}

function scaleSetProperties(scaleSet: ScaleSet): Record<string, unknown> {
  return {
    singlePlacementGroup: true,
    orchestrationMode: 'Uniform',
    upgradePolicy: { mode: 'Manual' },
    virtualMachineProfile: {
      osProfile: { computerNamePrefix: scaleSet.name, adminUsername: 'azureuser' },
      storageProfile: { osDisk: { osType: 'Linux', createOption: 'FromImage' } },
    },
    provisioningState: scaleSet.provisioningState,
    overprovision: false,
    uniqueId: scaleSet.uniqueId,
    timeCreated: timestamp(scaleSet.createdAt),
  };
}

function linuxMachine(computerName: string): Record<string, unknown> {
  return {
    storageProfile: {
      osDisk: { osType: 'Linux', name: `${computerName}_OsDisk`, createOption: 'FromImage' },
      dataDisks: [],
    },
    osProfile: { computerName, adminUsername: 'azureuser', secrets: [], allowExtensionOperations: true },
  };
}

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '+00:00');
}
