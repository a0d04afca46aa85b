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
  /** @throws Error of one line where the configuration cannot work; the one before stays in force */
  use(config: CloudConfig): Promise<void>;
}

/** @throws Error of one line where the configuration cannot work */
export async function openAzureLink(config: CloudConfig, options: AzureLinkOptions): Promise<AzureLink> {
  const { clock, userAgent, ca, onCall, requestIds } = options;
  const open = async (wanted: CloudConfig): Promise<{ compute: Compute; reader: IdentityReader }> => {
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
    use: async (wanted) => {
      current = await open(wanted);
    },
  };
}
