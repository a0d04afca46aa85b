import { describe, expect, it } from 'vitest';
import { computeResourceKey, formatComputeResource, parseComputeResource } from './compute-resource.js';
import { parseProviderId } from './provider-id.js';

const PREFIX = '/subscriptions/s/resourceGroups/RG/providers/Microsoft.Compute';

describe('parseProviderId', () => {
  it('reads a scale set and its instance', () => {
    expect(parseProviderId(`azure://${PREFIX}/virtualMachineScaleSets/ss/virtualMachines/10`)).toEqual({
      resource: { type: 'virtualMachineScaleSets', subscriptionId: 's', resourceGroup: 'RG', name: 'ss' },
      instanceId: '10',
    });
  });

  it('reads a VM', () => {
    expect(parseProviderId(`azure://${PREFIX}/virtualMachines/vm_1`)).toEqual({
      resource: { type: 'virtualMachines', subscriptionId: 's', resourceGroup: 'RG', name: 'vm_1' },
      instanceId: undefined,
    });
  });

  it.each([
    '',
    PREFIX,
    `${PREFIX}/virtualMachines/vm`,
    `azure://${PREFIX}/virtualMachineScaleSets/ss`,
    `azure://${PREFIX}/virtualMachineScaleSets/ss/virtualMachines/`,
    `azure://${PREFIX}/virtualMachines/vm/extensions/x`,
    `azure://${PREFIX}/disks/d`,
    'aws:///eu-west-1a/i-0',
    'kind://docker/kind/x',
  ])('takes %j for unresolved', (providerId) => expect(parseProviderId(providerId)).toBeUndefined());
});

describe('compute resources', () => {
  it('are read back from what is written, and compared in any casing', () => {
    const id = `${PREFIX}/virtualMachineScaleSets/ss`;
    const resource = parseComputeResource(id.toUpperCase())!;
    expect(parseComputeResource(formatComputeResource(resource))).toEqual(resource);
    expect(computeResourceKey(resource)).toBe(id.toLowerCase());
  });
});
