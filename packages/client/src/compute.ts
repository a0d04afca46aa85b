/**
 * The VMs of a resource group, through `@azure/arm-compute` (which this module alone needs).
 *
 * @module
 */
import { ComputeManagementClient, type ComputeManagementClientOptionalParams } from '@azure/arm-compute';
import type { CredentialCallOptions } from './credential.js';
import { PodIdentityClientError } from './client-error.js';

/** Any `TokenCredential`; `PodIdentityCredential` is one. */
export interface ComputeCredential {
  getToken(
    scopes: string | string[],
    options?: CredentialCallOptions,
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

/** What {@link listVirtualMachines} takes. */
export interface ListVirtualMachinesRequest {
  readonly credential: ComputeCredential;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Azure Resource Manager's address. Default: the public cloud's, `https://management.azure.com`. */
  readonly endpoint?: string | undefined;
  /** What the token is asked for. Default: `https://management.azure.com/`. */
  readonly resource?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for each page. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  /** Further options of the SDK's client: TLS, proxy, retries, user agent. */
  readonly clientOptions?: ComputeManagementClientOptionalParams | undefined;
}

/** One VM of the list. */
export interface VirtualMachineSummary {
  readonly name: string;
  /** Its Azure resource ID. */
  readonly id: string;
  readonly location: string;
}

/** The public cloud's Azure Resource Manager, as a resource to ask tokens for. */
export const MANAGEMENT_RESOURCE = 'https://management.azure.com/';

/**
 * All VMs of the resource group, in the order of Azure, however many pages it takes. Instances of scale sets are not
 * among them.
 *
 * @throws PodIdentityClientError `resource_manager` with Azure's status and error where Azure refuses (403
 * `AuthorizationFailed`: the identity has no `Reader` role there), or what the credential throws
 */
export async function listVirtualMachines(
  request: ListVirtualMachinesRequest,
): Promise<VirtualMachineSummary[]> {
  const { credential, subscriptionId, resourceGroup, endpoint, signal } = request;
  const client = new ComputeManagementClient(credential, subscriptionId, {
    ...request.clientOptions,
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials: { scopes: [`${request.resource ?? MANAGEMENT_RESOURCE}/.default`] },
  });
  const virtualMachines: VirtualMachineSummary[] = [];
  try {
    const pages = client.virtualMachines.list(resourceGroup, {
      ...(signal === undefined ? {} : { abortSignal: signal }),
      requestOptions: { timeout: request.timeoutMs ?? 30_000 },
    });
    for await (const { name, id, location } of pages) {
      virtualMachines.push({ name: name ?? '', id: id ?? '', location });
    }
  } catch (cause) {
    throw cause instanceof PodIdentityClientError ? cause : resourceManagerError(cause, resourceGroup);
  }
  return virtualMachines;
}

/** The SDK's error without its request, which carries the token in a header. */
function resourceManagerError(cause: unknown, resourceGroup: string): PodIdentityClientError {
  const { name, message, code, statusCode } = cause as Partial<Record<string, unknown>>;
  const description = typeof message === 'string' ? message.slice(0, 1_000) : undefined;
  if (name === 'AbortError') return new PodIdentityClientError('aborted', 'The listing of VMs was aborted');
  return new PodIdentityClientError(
    'resource_manager',
    `Azure Resource Manager did not list the VMs of ${resourceGroup}: ${description ?? 'unknown failure'}`,
    {
      status: typeof statusCode === 'number' ? statusCode : undefined,
      error: typeof code === 'string' ? code : undefined,
      description,
    },
  );
}
