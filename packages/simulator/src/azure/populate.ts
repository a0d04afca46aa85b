/**
 * Puts what a seed says into a simulated Azure.
 *
 * @module
 */
import type {
  ApplicationSeed,
  IdentitySeed,
  RoleAssignmentSeed,
  ScaleSetSeed,
  VirtualMachineSeed,
} from '../world-seed.js';
import type { Azure } from './azure.js';
import { applicationCertificate } from './certificate-thumbprint.js';
import type { NewComputeResource } from './compute/compute.js';
import type { ComputeResource, ScaleSet, VirtualMachine } from './compute/compute-resource.js';
import type { Application } from './directory.js';
import type { RoleAssignment } from './role-assignments.js';
import type { UserAssignedIdentity } from './user-assigned-identities.js';

/** Where things are that don't say it. */
export interface Defaults {
  readonly resourceGroup: string;
  readonly location: string;
}

/** Adds things to an {@link Azure} by the short forms of a seed. */
export class Populator {
  readonly #azure: Azure;
  readonly #defaults: Defaults;

  constructor(azure: Azure, defaults: Defaults) {
    this.#azure = azure;
    this.#defaults = defaults;
    azure.addResourceGroup(defaults.resourceGroup, defaults.location);
  }

  /** Creates an identity. */
  identity(seed: IdentitySeed): UserAssignedIdentity {
    const { name, clientId, principalId, tags } = seed;
    return this.#azure.identities.put({
      ...this.#place(seed),
      name,
      ...(clientId !== undefined && { clientId }),
      ...(principalId !== undefined && { principalId }),
      ...(tags !== undefined && { tags }),
    });
  }

  /** Creates a virtual machine. */
  virtualMachine(seed: VirtualMachineSeed): VirtualMachine {
    return this.#azure.compute.addVirtualMachine(this.#compute(seed));
  }

  /** Creates a scale set with its instances. */
  scaleSet(seed: ScaleSetSeed): ScaleSet {
    return this.#azure.compute.addScaleSet({ ...this.#compute(seed), instances: seed.instances ?? 1 });
  }

  /** Registers an application. */
  application(seed: ApplicationSeed): Application {
    const { name, secrets = [], certificates = [], ...rest } = seed;
    return this.#azure.directory.register({
      ...rest,
      displayName: name,
      secrets: secrets.map((secret) => (typeof secret === 'string' ? { value: secret } : secret)),
      certificates: certificates.map((one) => (typeof one === 'string' ? applicationCertificate(one) : one)),
    });
  }

  /** Gives a role. */
  roleAssignment(seed: RoleAssignmentSeed): RoleAssignment {
    const group = `/subscriptions/${this.#azure.subscriptionId}/resourceGroups/${this.#defaults.resourceGroup}`;
    const scope = seed.scope === undefined ? group : (this.#identityNamed(seed.scope)?.id ?? seed.scope);
    return this.#azure.roles.add({ principalId: this.#principal(seed.principal), role: seed.role, scope });
  }

  #compute(seed: VirtualMachineSeed): NewComputeResource {
    const { name, vmSize, tags, systemAssigned, userAssigned } = seed;
    return {
      ...this.#place(seed),
      name,
      ...(vmSize !== undefined && { vmSize }),
      ...(tags !== undefined && { tags }),
      ...(systemAssigned !== undefined && { systemAssigned }),
      userAssigned: (userAssigned ?? []).map((one) => this.#identityNamed(one)?.id ?? one),
    };
  }

  #place(seed: { resourceGroup?: string; subscriptionId?: string }): {
    subscriptionId: string;
    resourceGroup: string;
    location: string;
  } {
    const { location } = this.#defaults;
    const subscriptionId = seed.subscriptionId ?? this.#azure.subscriptionId;
    const resourceGroup = seed.resourceGroup ?? this.#defaults.resourceGroup;
    this.#azure.addResourceGroup(resourceGroup, location, subscriptionId);
    return { subscriptionId, resourceGroup, location };
  }

  #identityNamed(name: string): UserAssignedIdentity | undefined {
    if (name.startsWith('/')) return this.#azure.identities.get(name);
    return this.#azure.identities
      .list()
      .find((identity) => identity.name.toLowerCase() === name.toLowerCase());
  }

  #principal(named: string): string {
    const identity = this.#identityNamed(named);
    if (identity !== undefined) return identity.principalId;
    const application = this.#azure.directory
      .list()
      .find((one) => one.displayName === named || one.clientId === named);
    const objectId = application?.objectIds.get(this.#azure.tenantId.toLowerCase());
    if (objectId !== undefined) return objectId;
    const resource = this.#azure.compute.list().find((one: ComputeResource) => one.name === named);
    return resource?.identity.systemAssigned?.principalId ?? named;
  }
}
