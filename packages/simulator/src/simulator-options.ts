/**
 * What a simulator is started with.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { ComputeLimits } from './azure/arm/compute-limits.js';
import type { ImdsLimits } from './azure/imds/imds-service.js';
import type { KubernetesObject } from './kubernetes/index.js';
import type { WorldSeed } from './world-seed.js';

/** How long things take, in milliseconds. All may be changed while it runs. */
export interface Latencies {
  /** Every answer of the Kubernetes API, ARM, Entra, an IMDS. */
  kubernetes: number;
  arm: number;
  entra: number;
  imds: number;
  /** An update of a virtual machine or a scale set, until its operation is complete. */
  virtualMachineUpdate: number;
  scaleSetUpdate: number;
  /** From a pod's being on its node until its containers run. */
  podStart: number;
  /** Until the containers of a deleted pod have stopped; never longer than its grace period. */
  podTermination: number;
}

/** Limits of the services; `'off'` for none. */
export interface Limits {
  /** ARM's, for each virtual machine or scale set; Azure's own numbers where absent. */
  readonly compute?: ComputeLimits | 'off';
  /** Those of each IMDS; Azure's own numbers where absent. */
  readonly imds?: ImdsLimits | 'off';
}

/** Where the services listen. */
export interface Addresses {
  /** The address that everything but the admin API listens on; `127.0.0.1` where absent. */
  readonly host?: string;
  /** The host that URLs name, where it is not `host`: needed where that is `0.0.0.0`. */
  readonly publicHost?: string;
  /** Further names and addresses that the server certificate holds. */
  readonly certificateHosts?: readonly string[];
  /** Ports; 0 or absent for any free one. */
  readonly ports?: {
    readonly kubernetes?: number;
    readonly arm?: number;
    readonly entra?: number;
    readonly admin?: number;
  };
  /** Where the IMDS of a node listens; a free port of `host` where absent. */
  readonly imds?: (nodeName: string) => { readonly host: string; readonly port: number };
  /** Addresses for pods, in turn; `127.1.0.1` and on where absent, which a process on Linux can bind. */
  readonly podAddresses?: Iterable<string>;
}

/** Everything that {@link startSimulator} can be told; all of it is optional. */
export interface SimulatorOptions {
  /** The same seed gives the same IDs everywhere. Keys are always new. */
  readonly seed?: number | string;
  /** Time; the machine's own, adjustable, where absent. */
  readonly clock?: Clock;
  readonly tenantId?: string;
  readonly subscriptionId?: string;
  /** The resource group of everything that names none. */
  readonly resourceGroup?: string;
  readonly location?: string;
  readonly world?: WorldSeed;
  readonly latencies?: Partial<Latencies>;
  readonly limits?: Limits;
  readonly addresses?: Addresses;
  /** How many entries a list page of ARM holds; 50 where absent. */
  readonly pageSize?: number;
  /** Lives of tokens, in seconds: one hour for applications, 24 for managed identities where absent. */
  readonly tokenLifetimes?: { readonly application?: number; readonly managedIdentity?: number };
  /** Custom resource definitions to install at the start, decoded. */
  readonly customResourceDefinitions?: readonly Partial<KubernetesObject>[];
}
