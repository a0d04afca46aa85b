/**
 * What a simulated Azure begins with.
 *
 * @module
 */
import type { ApplicationCertificate, ClientSecret, FederatedCredential } from './azure/directory.js';

/** A user-assigned identity. */
export interface IdentitySeed {
  readonly name: string;
  /** The simulator's main resource group where absent. */
  readonly resourceGroup?: string;
  readonly subscriptionId?: string;
  /** Made up from the seed where absent. */
  readonly clientId?: string;
  /** Made up from the seed where absent. */
  readonly principalId?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

interface ComputeSeed {
  readonly name: string;
  /** The simulator's main resource group where absent. */
  readonly resourceGroup?: string;
  readonly subscriptionId?: string;
  readonly vmSize?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly systemAssigned?: boolean;
  /** Names or resource IDs of identities that it begins with. */
  readonly userAssigned?: readonly string[];
  /** Whether its machines are nodes of the cluster; yes where absent. */
  readonly node?: boolean;
}

/** A virtual machine. */
export type VirtualMachineSeed = ComputeSeed;

/** A scale set. */
export interface ScaleSetSeed extends ComputeSeed {
  /** How many machines it has; 1 where absent. */
  readonly instances?: number;
}

/** An application with a service principal. */
export interface ApplicationSeed {
  readonly name: string;
  /** Made up from the seed where absent. */
  readonly clientId?: string;
  /** Made up from the seed where absent. */
  readonly objectId?: string;
  /** The simulator's own tenant where absent. */
  readonly tenantIds?: readonly string[];
  readonly secrets?: readonly (string | ClientSecret)[];
  /** PEM certificates, or ones taken apart already. */
  readonly certificates?: readonly (string | ApplicationCertificate)[];
  readonly federatedCredentials?: readonly FederatedCredential[];
}

/** A role for somebody. */
export interface RoleAssignmentSeed {
  /**
   * The name of an identity or application of the seed, the name of a virtual machine or scale set with a
   * system-assigned identity, or an object ID.
   */
  readonly principal: string;
  /** The name or ID of a built-in role. */
  readonly role: string;
  /** An ARM scope, or the name of an identity of the seed. The simulator's main resource group where absent. */
  readonly scope?: string;
}

/** Everything that is there at the start. */
export interface WorldSeed {
  readonly identities?: readonly IdentitySeed[];
  readonly virtualMachines?: readonly VirtualMachineSeed[];
  readonly scaleSets?: readonly ScaleSetSeed[];
  readonly applications?: readonly ApplicationSeed[];
  readonly roleAssignments?: readonly RoleAssignmentSeed[];
}
