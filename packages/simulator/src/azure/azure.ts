/**
 * The simulated Azure without its wire: state, rules and tokens, for use in process and behind the listeners.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { JSONWebKeySet } from 'jose';
import type { Random } from '../random.js';
import { handleArm } from './arm/arm.js';
import type { ArmRequest, ArmResponse, Caller } from './arm/arm-request.js';
import { resourceGroupKey, type ArmState } from './arm/arm-state.js';
import { ComputeThrottle, type ComputeLimits } from './arm/compute-limits.js';
import { Compute, type UpdateDurations } from './compute/compute.js';
import { Directory } from './directory.js';
import { RoleAssignments } from './role-assignments.js';
import { UserAssignedIdentities } from './user-assigned-identities.js';

/** What {@link Azure} is made from. */
export interface AzureOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly durations: UpdateDurations;
  /** `undefined`: no limits. */
  readonly computeLimits: ComputeLimits | undefined;
  /** How many entries a list page of ARM holds. */
  readonly pageSize: number;
}

/** Everything that the simulated Azure knows. Synchronous, on the clock that it was given. */
export class Azure {
  readonly clock: Clock;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly directory: Directory;
  readonly identities: UserAssignedIdentities;
  readonly roles: RoleAssignments;
  readonly compute: Compute;
  /** Public keys of outside issuers that federated credentials may name, by issuer. */
  readonly federatedIssuers: Map<string, () => JSONWebKeySet | Promise<JSONWebKeySet>> = new Map();
  /** ARM's address in links; whoever puts it on the wire sets it. */
  armUrl = 'https://management.azure.com';
  readonly #resourceGroups = new Map<string, { readonly location: string }>();
  readonly #state: Omit<ArmState, 'baseUrl'>;

  constructor(options: AzureOptions) {
    const { clock, random, tenantId, subscriptionId, durations, computeLimits, pageSize } = options;
    this.clock = clock;
    this.tenantId = tenantId;
    this.subscriptionId = subscriptionId;
    this.directory = new Directory(tenantId, random.fork('directory'));
    this.identities = new UserAssignedIdentities(random.fork('identities'), tenantId);
    this.roles = new RoleAssignments(random.fork('roles'), () => clock.now());
    this.compute = new Compute({
      clock,
      random: random.fork('compute'),
      tenantId,
      identities: this.identities,
      durations,
    });
    this.#state = {
      clock,
      random: random.fork('arm'),
      tenantId,
      compute: this.compute,
      identities: this.identities,
      roles: this.roles,
      throttle: computeLimits && new ComputeThrottle(computeLimits, clock),
      resourceGroups: this.#resourceGroups,
      pageSize,
    };
  }

  /** What ARM's handlers work on. */
  get armState(): ArmState {
    return { ...this.#state, baseUrl: this.armUrl };
  }

  /** Creates a resource group; nothing happens where it is there. */
  addResourceGroup(name: string, location: string, subscriptionId: string = this.subscriptionId): void {
    const key = resourceGroupKey(subscriptionId, name);
    if (!this.#resourceGroups.has(key)) this.#resourceGroups.set(key, { location });
  }

  /** Answers an ARM request as if this caller had sent it with a valid token. */
  arm(request: ArmRequest, caller: Caller): ArmResponse {
    return handleArm(this.armState, request, caller);
  }

  /** The resource IDs of the user-assigned identities that ARM shows on a resource; empty where there is no such resource. */
  identitiesOn(resourceId: string): string[] {
    return [...(this.compute.get(resourceId)?.identity.userAssigned.values() ?? [])].map(({ id }) => id);
  }

  /** The keys of an outside issuer. */
  async issuerKeys(issuer: string): Promise<JSONWebKeySet | undefined> {
    return await this.federatedIssuers.get(issuer)?.();
  }
}
