/**
 * {@link Compute} over `@azure/arm-compute`.
 *
 * @module
 */
import type { Clock, ComputeResource } from '@aad-pod-identity/core';
import { readResourceIdentities, type IdentityPatch } from '@aad-pod-identity/matcher';
import type { ComputeManagementClient, VirtualMachineUpdate } from '@azure/arm-compute';
import { toComputeFailure } from './arm-failure.js';
import { clientOptions, type AzureAccess } from './azure-access.js';
import { limitRequests, retryPolls } from './azure-requests.js';
import type { Compute, ComputeOutcome } from './compute.js';

/** One finished call, for metrics and logs. */
export interface ComputeCall {
  /** As the original's metrics name it. */
  readonly operation: 'vm_get' | 'vm_update' | 'vmss_get' | 'vmss_update';
  readonly resource: ComputeResource;
  readonly seconds: number;
  /** `ok`, or the kind of the failure. */
  readonly outcome: string;
}

/** Options of {@link azureCompute}. */
export interface AzureComputeOptions {
  readonly access: AzureAccess;
  readonly clock: Clock;
  /** For each single HTTP request, in milliseconds. @default 30000 */
  readonly requestTimeoutMs?: number;
  /** For a PATCH and its long-running operation together, in milliseconds. @default 600000 */
  readonly operationTimeoutMs?: number;
  /** Between two looks at a long-running operation, where Azure does not say, in milliseconds. @default 2000 */
  readonly pollIntervalMs?: number;
  readonly onCall?: (call: ComputeCall) => void;
}

type ClientClass = typeof ComputeManagementClient;

/** Makes a {@link Compute} of one Azure cloud. Clients are kept, one for each subscription that is asked for. */
export function azureCompute(options: AzureComputeOptions): Compute {
  const { access, clock, onCall } = options;
  const { requestTimeoutMs = 30_000, operationTimeoutMs = 600_000, pollIntervalMs = 2_000 } = options;
  const clients = new Map<string, ComputeManagementClient>();
  const requests = limitRequests(64);
  let loading: Promise<ClientClass> | undefined;

  const clientFor = async ({ subscriptionId }: ComputeResource): Promise<ComputeManagementClient> => {
    loading ??= import('@azure/arm-compute').then((sdk) => sdk.ComputeManagementClient);
    const Client = await loading;
    const key = subscriptionId.toLowerCase();
    let client = clients.get(key);
    if (client === undefined) {
      client = new Client(access.credential, subscriptionId, {
        ...clientOptions(access),
        credentials: { scopes: [access.environment.resourceManagerScope] },
        additionalPolicies: [
          { policy: retryPolls(clock, requestTimeoutMs), position: 'perCall' },
          { policy: requests, position: 'perRetry' },
        ],
      });
      clients.set(key, client);
    }
    return client;
  };

  const call = async (
    verb: 'get' | 'update',
    resource: ComputeResource,
    attach: readonly string[],
    signal: AbortSignal,
    send: (client: ComputeManagementClient) => Promise<unknown>,
  ): Promise<ComputeOutcome> => {
    const started = clock.monotonic();
    let outcome: ComputeOutcome;
    try {
      outcome = { ok: true, identities: readResourceIdentities(await send(await clientFor(resource))) };
    } catch (error) {
      outcome = { ok: false, failure: toComputeFailure(error, { attach, signal, clock }) };
    }
    onCall?.({
      operation: `${resource.type === 'virtualMachines' ? 'vm' : 'vmss'}_${verb}`,
      resource,
      seconds: (clock.monotonic() - started) / 1000,
      outcome: outcome.ok ? 'ok' : outcome.failure.kind,
    });
    return outcome;
  };

  const operations = (client: ComputeManagementClient, { type }: ComputeResource): SharedOperations =>
    type === 'virtualMachines' ? client.virtualMachines : client.virtualMachineScaleSets;

  return {
    get: (resource, signal) =>
      call('get', resource, [], signal, (client) =>
        operations(client, resource).get(resource.resourceGroup, resource.name, {
          abortSignal: signal,
          requestOptions: { timeout: requestTimeoutMs },
        }),
      ),
    patch: (resource, patch, attach, signal, etag) =>
      call('update', resource, attach, signal, async (client) => {
        const bounded = AbortSignal.any([signal, AbortSignal.timeout(operationTimeoutMs)]);
        const poller = operations(client, resource).update(
          resource.resourceGroup,
          resource.name,
          body(patch),
          {
            abortSignal: bounded,
            requestOptions: { timeout: requestTimeoutMs },
            updateIntervalInMs: pollIntervalMs,
            ...(etag === undefined ? {} : { ifMatch: etag }),
          },
        );
        return poller.pollUntilDone({ abortSignal: bounded });
      }),
  };
}

/** What VMs and scale sets have in common: `update` is PATCH for both. */
interface SharedOperations {
  get(group: string, name: string, options: CallOptions): Promise<unknown>;
  update(
    group: string,
    name: string,
    parameters: VirtualMachineUpdate,
    options: CallOptions & { updateIntervalInMs: number; ifMatch?: string },
  ): { pollUntilDone(options: { abortSignal: AbortSignal }): Promise<unknown> };
}

interface CallOptions {
  abortSignal: AbortSignal;
  requestOptions: { timeout: number };
}

/** `null` detaches. The SDK sends it as it is, but its type does not know of it. */
function body(identity: IdentityPatch): VirtualMachineUpdate {
  return { identity: identity as NonNullable<VirtualMachineUpdate['identity']> };
}
