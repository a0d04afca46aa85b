import type { CloudConfig } from '@aad-pod-identity/core';
import { parseIdentityResourceId } from '@aad-pod-identity/core';
import type { TokenCredential } from '@azure/identity';
import { match } from 'ts-pattern';

/**
 * Makes the credential that the cloud configuration names. No request is sent yet.
 *
 * @param ca - further certificate authorities, as PEM, for the cloud's token endpoint
 * @throws Error of one line where the configuration cannot work, such as a service principal without a tenant
 */
export async function azureCredential(config: CloudConfig, ca?: string): Promise<TokenCredential> {
  const { ClientSecretCredential, ManagedIdentityCredential } = await import('@azure/identity');
  return match(config.credential)
    .returnType<TokenCredential>()
    .with({ kind: 'service-principal' }, ({ tenantId, clientId, clientSecret }) => {
      if (tenantId === '') throw new Error('a service principal needs "tenantId" (TENANT_ID)');
      return new ClientSecretCredential(tenantId, clientId, clientSecret, {
        authorityHost: config.environment.activeDirectoryEndpoint,
        disableInstanceDiscovery: config.environment.custom,
        ...(ca === undefined ? {} : { tlsOptions: { ca } }),
      });
    })
    .with({ kind: 'system-assigned' }, () => new ManagedIdentityCredential())
    .with({ kind: 'user-assigned' }, ({ identity }) =>
      parseIdentityResourceId(identity) === undefined
        ? new ManagedIdentityCredential({ clientId: identity })
        : new ManagedIdentityCredential({ resourceId: identity }),
    )
    .exhaustive();
}
