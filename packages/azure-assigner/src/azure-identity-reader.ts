/**
 * {@link IdentityReader} over `@azure/arm-msi`.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { ManagedServiceIdentityClient } from '@azure/arm-msi';
import { toComputeFailure } from './arm-failure.js';
import { clientOptions, type AzureAccess } from './azure-access.js';
import type { IdentityReader } from './identity-reader.js';

/** Options of {@link azureIdentityReader}. */
export interface AzureIdentityReaderOptions {
  readonly access: AzureAccess;
  readonly clock: Clock;
  /** For each request, in milliseconds. @default 30000 */
  readonly requestTimeoutMs?: number;
}

/** Makes a reader of one Azure cloud. Clients are kept, one for each subscription that is asked for. */
export function azureIdentityReader(options: AzureIdentityReaderOptions): IdentityReader {
  const { access, clock, requestTimeoutMs = 30_000 } = options;
  const clients = new Map<string, Promise<ManagedServiceIdentityClient>>();

  const connect = async (subscriptionId: string): Promise<ManagedServiceIdentityClient> => {
    const { ManagedServiceIdentityClient: Client } = await import('@azure/arm-msi');
    // Without a scope of its own this SDK would ask for a token for the endpoint, which is no audience everywhere.
    return new Client(access.credential, subscriptionId, {
      ...clientOptions(access),
      credentialScopes: access.environment.resourceManagerScope,
    });
  };

  return {
    async read({ subscriptionId, resourceGroup, name }, signal) {
      const key = subscriptionId.toLowerCase();
      let client = clients.get(key);
      if (client === undefined) clients.set(key, (client = connect(subscriptionId)));
      try {
        const { userAssignedIdentities } = await client;
        const identity = await userAssignedIdentities.get(resourceGroup, name, {
          abortSignal: signal,
          requestOptions: { timeout: requestTimeoutMs },
        });
        if (identity.clientId !== undefined) return { kind: 'found', clientId: identity.clientId };
        return { kind: 'unknown', message: 'Azure gives no client ID for it' };
      } catch (error) {
        const failure = toComputeFailure(error, { attach: [], signal, clock });
        return failure.kind === 'not-found'
          ? { kind: 'not-found' }
          : { kind: 'unknown', message: failure.message };
      }
    },
  };
}
