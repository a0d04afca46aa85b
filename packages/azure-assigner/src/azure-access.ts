/**
 * How MIC's own calls reach Azure: cloud, credential and transport, shared by the SDK clients.
 *
 * @module
 */
import type { CloudEnvironment } from '@aad-pod-identity/core';
import type { ComputeManagementClientOptionalParams } from '@azure/arm-compute';
import type { TokenCredential } from '@azure/identity';

/** The SDKs' way to send one HTTP request. */
export type AzureHttpClient = NonNullable<ComputeManagementClientOptionalParams['httpClient']>;

/** What every Azure client is made from. */
export interface AzureAccess {
  readonly environment: CloudEnvironment;
  readonly credential: TokenCredential;
  /** Stands first in the `User-Agent` of every call. */
  readonly userAgent: string;
  /** Further certificate authorities, as PEM, for clouds whose certificates the system does not know. */
  readonly ca?: string | undefined;
  /** In place of the SDKs' own HTTP client, to answer within the process. */
  readonly httpClient?: AzureHttpClient;
}

/** The options that the SDK clients have in common. Retries are the work queue's: it knows what else is to be done. */
export function clientOptions({ environment, userAgent, ca, httpClient }: AzureAccess): {
  endpoint: string;
  retryOptions: { maxRetries: number };
  userAgentOptions: { userAgentPrefix: string };
  tlsOptions?: { ca: string };
  httpClient?: AzureHttpClient;
} {
  return {
    // The SDKs append paths that begin with a slash.
    endpoint: environment.resourceManagerEndpoint.replace(/\/+$/, ''),
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: userAgent },
    ...(ca === undefined ? {} : { tlsOptions: { ca } }),
    ...(httpClient === undefined ? {} : { httpClient }),
  };
}
