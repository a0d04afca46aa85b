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
import type { RequestIds } from './run-log.js';

/** The kinds of calls, as the original's metrics name them. */
export const computeOperations = ['vm_get', 'vm_update', 'vmss_get', 'vmss_update'] as const;

/** One finished call, for metrics and logs. */
export interface ComputeCall {
  readonly operation: (typeof computeOperations)[number];
  readonly resource: ComputeResource;
  readonly seconds: number;
  /** `ok`, or the kind of the failure. */
  readonly outcome: string;
  /** What was sent with it, where that was asked for. */
  readonly ids?: RequestIds;
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
  /** The IDs to send with each request about a resource. @default those that the SDK makes up */
  readonly requestIds?: (resource: ComputeResource) => RequestIds;
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
    send: (client: ComputeManagementClient, requestOptions: RequestOptions) => Promise<unknown>,
  ): Promise<ComputeOutcome> => {
    const started = clock.monotonic();
    const ids = options.requestIds?.(resource);
    const requestOptions = {
      timeout: requestTimeoutMs,
      ...(ids === undefined ? {} : { headers: headersOf(ids) }),
    };
    let outcome: ComputeOutcome;
    try {
      outcome = {
        ok: true,
        identities: readResourceIdentities(await send(await clientFor(resource), requestOptions)),
      };
    } catch (error) {
      outcome = { ok: false, failure: toComputeFailure(error, { attach, signal, clock }) };
    }
    onCall?.({
      operation: `${resource.type === 'virtualMachines' ? 'vm' : 'vmss'}_${verb}`,
      resource,
      seconds: (clock.monotonic() - started) / 1000,
      outcome: outcome.ok ? 'ok' : outcome.failure.kind,
      ...(ids === undefined ? {} : { ids }),
    });
    return outcome;
  };

  const operations = (client: ComputeManagementClient, { type }: ComputeResource): SharedOperations =>
    type === 'virtualMachines' ? client.virtualMachines : client.virtualMachineScaleSets;

  return {
    get: (resource, signal) =>
      call('get', resource, [], signal, (client, requestOptions) =>
        operations(client, resource).get(resource.resourceGroup, resource.name, {
          abortSignal: signal,
          requestOptions,
        }),
      ),
    patch: (resource, patch, attach, signal, etag) =>
      call('update', resource, attach, signal, async (client, requestOptions) => {
        const bounded = AbortSignal.any([signal, AbortSignal.timeout(operationTimeoutMs)]);
        const poller = operations(client, resource).update(
          resource.resourceGroup,
          resource.name,
          body(patch),
          {
            abortSignal: bounded,
            requestOptions,
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

interface RequestOptions {
  timeout: number;
  headers?: Record<string, string>;
}

interface CallOptions {
  abortSignal: AbortSignal;
  requestOptions: RequestOptions;
}

/** As ARM names them: by the second an operator finds all that a run asked for in the activity log. */
function headersOf({ request, run }: RequestIds): Record<string, string> {
  return {
    'x-ms-client-request-id': request,
    ...(run === undefined ? {} : { 'x-ms-correlation-request-id': run }),
  };
}

/** `null` detaches. The SDK sends it as it is, but its type does not know of it. */
function body(identity: IdentityPatch): VirtualMachineUpdate {
  return { identity: identity as NonNullable<VirtualMachineUpdate['identity']> };
}
