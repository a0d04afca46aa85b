/**
 * MIC's way to Azure, which changes when the cloud configuration does.
 *
 * @module
 */
import type { Clock, CloudConfig, ComputeResource } from '@aad-pod-identity/core';
import { azureCompute, type ComputeCall } from './azure-compute.js';
import { azureCredential } from './azure-credential.js';
import { azureIdentityReader } from './azure-identity-reader.js';
import type { Compute } from './compute.js';
import { rateLimitedCompute } from './compute-rate-limit.js';
import type { IdentityReader } from './identity-reader.js';
import type { RequestIds } from './run-log.js';

/** Options of {@link openAzureLink}. */
export interface AzureLinkOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  /** Further certificate authorities, as PEM. */
  readonly ca?: string | undefined;
  readonly onCall?: (call: ComputeCall) => void;
  readonly requestIds?: (resource: ComputeResource) => RequestIds;
}

/** Azure by the configuration that is in force. */
export interface AzureLink {
  readonly compute: Compute;
  readonly reader: IdentityReader;
  /**
   * Gets what the first call needs beside itself, a token and the SDK, so that the first pod need not wait for them. What
   * is wrong there is that call's to tell.
   */
  prepare(signal: AbortSignal): Promise<void>;
  /** @throws Error of one line where the configuration cannot work; the one before stays in force */
  use(config: CloudConfig): Promise<void>;
}

type OpenLink = Pick<AzureLink, 'compute' | 'reader' | 'prepare'>;

/** @throws Error of one line where the configuration cannot work */
export async function openAzureLink(config: CloudConfig, options: AzureLinkOptions): Promise<AzureLink> {
  const { clock, userAgent, ca, onCall, requestIds } = options;
  const open = async (wanted: CloudConfig): Promise<OpenLink> => {
    const credential = await azureCredential(wanted, ca);
    const access = { environment: wanted.environment, credential, userAgent, ca };
    return {
      compute: azureCompute({
        access,
        clock,
        ...(onCall === undefined ? {} : { onCall }),
        ...(requestIds === undefined ? {} : { requestIds }),
      }),
      reader: azureIdentityReader({ access, clock }),
      prepare: async (signal) => {
        await import('@azure/arm-compute');
        // As the SDK asks: tokens for clients that understand its challenges are kept apart from others.
        const asTheSdk = { abortSignal: signal, enableCae: true };
        await credential.getToken(wanted.environment.resourceManagerScope, asTheSdk);
      },
    };
  };
  let current = await open(config);
  // The limits are Azure's for the resources: they go on counting under another configuration.
  const compute = rateLimitedCompute(
    {
      get: (resource, signal) => current.compute.get(resource, signal),
      patch: (resource, patch, attach, signal, etag) =>
        current.compute.patch(resource, patch, attach, signal, etag),
    },
    { clock },
  );
  return {
    compute,
    reader: { read: (identity, signal) => current.reader.read(identity, signal) },
    prepare: (signal) => current.prepare(signal).catch(() => undefined),
    use: async (wanted) => {
      current = await open(wanted);
    },
  };
}
