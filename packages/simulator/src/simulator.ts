/**
 * The whole simulator: a cluster and an Azure on loopback, in memory, for demos and tests. Never for production.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Azure } from './azure/azure.js';
import type { Populator } from './azure/populate.js';
import type { Faults } from './faults.js';
import type { RequestLog } from './http/request-log.js';
import type { KubernetesApi } from './kubernetes/index.js';
import type { Machines } from './machines.js';
import type { Nodes } from './nodes/nodes.js';
import type { Latencies } from './simulator-options.js';

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
  /** The cluster: its objects, history and watches. */
  readonly kubernetes: KubernetesApi;
  readonly nodes: Nodes;
  readonly faults: Faults;
  /** What ARM, Entra and the IMDS were asked. */
  readonly requests: RequestLog;
  /** How long things take; may be changed at any time. */
  readonly latencies: Latencies;
  readonly clock: Clock;
}
