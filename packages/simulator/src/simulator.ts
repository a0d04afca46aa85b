/**
 * The whole simulator: a cluster and an Azure on loopback, in memory, for demos and tests. Never for production.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import type { Clock } from '@aad-pod-identity/core';
import { AdjustableClock } from './adjustable-clock.js';
import { realComputeLimits } from './azure/arm/compute-limits.js';
import { Azure } from './azure/azure.js';
import { AzureListeners } from './azure/azure-listeners.js';
import { TokenIssuer } from './azure/entra/token-issuer.js';
import { realImdsLimits } from './azure/imds/imds-service.js';
import { Populator } from './azure/populate.js';
import { createCertificateAuthority } from './certificate-authority.js';
import { azureStackEnvironment } from './environment-files.js';
import { Faults } from './faults.js';
import { RequestLog } from './http/request-log.js';
import { Machines } from './machines.js';
import { loopbackAddresses } from './nodes/address-pool.js';
import { Nodes } from './nodes/nodes.js';
import { createRandom } from './random.js';
import type { Latencies, SimulatorOptions } from './simulator-options.js';

/** Where everything is, without a slash at the end. */
export interface SimulatorUrls {
  readonly kubernetes: string;
  readonly arm: string;
  readonly entra: string;
  readonly admin: string;
  /** By node name. */
  readonly imds: Readonly<Record<string, string>>;
}

/** A running simulator. Leaving its `await using` scope closes everything. */
export interface Simulator extends AsyncDisposable {
  readonly urls: SimulatorUrls;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  /** PEM; what clients of the TLS services must trust. */
  readonly caCertificate: string;
  /** The contents of a kubeconfig with full rights, YAML. */
  readonly kubeconfig: string;
  /** Writes {@link kubeconfig} to a file that only its owner can read. */
  writeKubeconfig(file: string): Promise<void>;
  /** The contents of the file for `AZURE_ENVIRONMENT_FILEPATH`, for the cloud `AzureStackCloud`. */
  readonly azureEnvironment: Readonly<Record<string, unknown>>;
  /** The state of Azure, to look at and to change. */
  readonly azure: Azure;
  /** Creates identities, applications and role assignments by their short forms. */
  readonly populate: Populator;
  /** Adds and removes machines, with their IMDS and nodes. */
  readonly machines: Machines;
  readonly nodes: Nodes;
  readonly faults: Faults;
  /** What ARM, Entra and the IMDS were asked. */
  readonly requests: RequestLog;
  /** How long things take; may be changed at any time. */
  readonly latencies: Latencies;
  readonly clock: Clock;
}

const defaultLatencies: Latencies = {
  arm: 0,
  entra: 0,
  imds: 0,
  virtualMachineUpdate: 500,
  scaleSetUpdate: 1000,
};
