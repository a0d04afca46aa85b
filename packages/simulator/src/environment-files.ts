/**
 * The files that point MIC and other programs at the simulator instead of Azure.
 *
 * @module
 */
import type { Simulator } from './simulator.js';

/** The fields of an `azure.json` that names a service principal. */
export interface ServicePrincipal {
  readonly clientId: string;
  /** A secret of the simulator's own making. */
  readonly secret: string;
}

/** The addresses that {@link azureStackEnvironment} tells. */
export interface EndpointUrls {
  readonly arm: string;
  readonly entra: string;
}

/**
 * The contents of the file that `AZURE_ENVIRONMENT_FILEPATH` names when the cloud is `AzureStackCloud`.
 */
export function azureStackEnvironment(urls: EndpointUrls): Record<string, unknown> {
  return {
    name: 'AzureStackCloud',
    managementPortalURL: `${urls.arm}/`,
    resourceManagerEndpoint: `${urls.arm}/`,
    activeDirectoryEndpoint: `${urls.entra}/`,
    tokenAudience: 'https://management.azure.com/',
    serviceManagementEndpoint: 'https://management.core.windows.net/',
  };
}

/** The contents of an `azure.json` for MIC, as Kubernetes keeps it on a node. */
export function azureJson(
  simulator: Pick<Simulator, 'tenantId' | 'subscriptionId' | 'resourceGroup' | 'location'>,
  principal: ServicePrincipal,
): Record<string, unknown> {
  return {
    cloud: 'AzureStackCloud',
    tenantId: simulator.tenantId,
    subscriptionId: simulator.subscriptionId,
    resourceGroup: simulator.resourceGroup,
    location: simulator.location,
    aadClientId: principal.clientId,
    aadClientSecret: principal.secret,
    vmType: 'vmss',
    useManagedIdentityExtension: false,
    userAssignedIdentityID: '',
  };
}
