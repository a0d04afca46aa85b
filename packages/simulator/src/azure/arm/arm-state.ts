/**
 * What the handlers of the simulated ARM share.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Random } from '../../random.js';
import { ArmFailure } from '../arm-failure.js';
import type { Compute } from '../compute/compute.js';
import type { RoleAssignments } from '../role-assignments.js';
import type { UserAssignedIdentities } from '../user-assigned-identities.js';
import type { ComputeThrottle } from './compute-limits.js';
import { resourceGroupNotFound, subscriptionNotFound } from './missing.js';

/** The state behind ARM, and what its answers depend on. */
export interface ArmState {
  readonly clock: Clock;
  readonly random: Random;
  readonly tenantId: string;
  readonly compute: Compute;
  readonly identities: UserAssignedIdentities;
  readonly roles: RoleAssignments;
  /** `undefined`: no limits. */
  readonly throttle: ComputeThrottle | undefined;
  /** Lower-case `{subscription}/{resource group}` of every resource group. */
  readonly resourceGroups: ReadonlyMap<string, { readonly location: string }>;
  /** How many entries a list page holds. */
  readonly pageSize: number;
  /** ARM's own address, without a slash at the end. Links in answers begin with it. */
  readonly baseUrl: string;
}

/** The key of a resource group in {@link ArmState.resourceGroups}. */
export function resourceGroupKey(subscriptionId: string, resourceGroup: string): string {
  return `${subscriptionId}/${resourceGroup}`.toLowerCase();
}

/** Throws ARM's 404 unless the resource group is there; returns where it is. */
export function requireResourceGroup(state: ArmState, subscriptionId: string, resourceGroup: string): string {
  requireSubscription(state, subscriptionId);
  const group = state.resourceGroups.get(resourceGroupKey(subscriptionId, resourceGroup));
  if (group === undefined) throw resourceGroupNotFound(resourceGroup);
  return group.location;
}

/** Throws ARM's 404 unless the subscription has a resource group. */
export function requireSubscription(state: ArmState, subscriptionId: string): void {
  const prefix = `${subscriptionId.toLowerCase()}/`;
  for (const key of state.resourceGroups.keys()) if (key.startsWith(prefix)) return;
  throw subscriptionNotFound(subscriptionId);
}

/** Throws 412 where the request's `If-Match` names another version than `etag`. */
export function requireMatch(headers: Readonly<Record<string, string | undefined>>, etag: string): void {
  const wanted = headers['if-match'];
  if (
    wanted === undefined ||
    wanted === '*' ||
    wanted.split(',').some((tag) => unquote(tag) === unquote(etag))
  )
    return;
  throw new ArmFailure(
    412,
    'PreconditionFailed',
    'The condition specified using HTTP conditional header(s) is not met: the ETag of the resource has changed.',
  );
}

function unquote(tag: string): string {
  return tag.trim().replace(/^W\//, '').replaceAll('"', '');
}
