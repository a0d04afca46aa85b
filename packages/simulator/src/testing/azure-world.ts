/**
 * A small Azure in process, on virtual time.
 *
 * @module
 */
import { VirtualClock } from '@aad-pod-identity/core';
import type { ArmResponse, Caller } from '../azure/arm/arm-request.js';
import type { ComputeLimits } from '../azure/arm/compute-limits.js';
import { Azure } from '../azure/azure.js';
import { Populator } from '../azure/populate.js';
import { createRandom } from '../random.js';
import type { Loose } from './loose.js';

export const subscriptionId = '11111111-2222-3333-4444-555555555555';
export const tenantId = 'b1b9a972-ccd8-4962-a473-909b97007eb4';
export const resourceGroup = 'rg';

/** An ARM answer with its body as plain data. */
export type Answer = ArmResponse & { readonly json: Loose };

export interface AzureWorld {
  readonly azure: Azure;
  readonly clock: VirtualClock;
  readonly populate: Populator;
  /** Who `name`, an application with no roles yet, is. */
  readonly caller: (name: string) => Caller;
  /** Sends a request to ARM as `caller`; the api-version is added. */
  readonly arm: (
    caller: Caller,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Answer;
  readonly vmId: (name: string) => string;
  readonly scaleSetId: (name: string) => string;
  readonly identityId: (name: string) => string;
}

export function azureWorld(options: { limits?: ComputeLimits; pageSize?: number } = {}): AzureWorld {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const azure = new Azure({
    clock,
    random: createRandom('test'),
    tenantId,
    subscriptionId,
    durations: { virtualMachine: 15_000, scaleSet: 50_000 },
    computeLimits: options.limits,
    pageSize: options.pageSize ?? 50,
  });
  azure.armUrl = 'https://arm.test';
  const populate = new Populator(azure, { resourceGroup, location: 'westeurope' });
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  return {
    azure,
    clock,
    populate,
    caller(name) {
      const { clientId, objectIds } = populate.application({ name });
      return { clientId, objectId: objectIds.get(tenantId)! };
    },
    arm(caller, method, path, body, headers = {}) {
      const target = path.includes('api-version')
        ? path
        : `${path}${path.includes('?') ? '&' : '?'}api-version=2024-07-01`;
      const request = { method, target, headers, body: body === undefined ? '' : JSON.stringify(body) };
      const response = azure.arm(request, caller);
      return { ...response, json: response.body };
    },
    vmId: (name) => `${group}/providers/Microsoft.Compute/virtualMachines/${name}`,
    scaleSetId: (name) => `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/${name}`,
    identityId: (name) =>
      `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`,
  };
}
