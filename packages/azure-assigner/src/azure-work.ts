/**
 * What a compute resource has to be asked and told, given what MIC knows of it.
 *
 * @module
 */
import type { IdentityResourceId } from '@aad-pod-identity/core';
import type { Attachment, ResourcePlan } from '@aad-pod-identity/matcher';
import type { RemovalPlan } from './removal-plan.js';
import type { ResourceState } from './resource-state.js';

/** The work on one resource. */
export interface AzureWork {
  /** Identities that the resource must have, and that are not in quarantine. */
  readonly wanted: readonly IdentityResourceId[];
  /** Those for which assignments wait, and that are not in quarantine. */
  readonly waiting: readonly Attachment[];
  readonly unwanted: readonly IdentityResourceId[];
  /** Whether the resource has to be read: what is known does not answer, or is too old. */
  readonly read: boolean;
}

/**
 * Plans the work at `now` (`clock.monotonic()`).
 *
 * @param freshMs - how long what Azure said counts
 */
export function planAzureWork(
  plan: ResourcePlan,
  { detach }: RemovalPlan,
  { known, quarantine }: ResourceState,
  now: number,
  freshMs: number,
): AzureWork {
  const usable = ({ key }: IdentityResourceId): boolean => !quarantine.holds(key, now);
  const waiting = plan.attach.filter(({ identity }) => usable(identity));
  const inUse = plan.keep.filter(({ users }) => users > 0).map(({ identity }) => identity);
  const wanted = [...waiting.map(({ identity }) => identity), ...inUse.filter(usable)];
  const unwanted = detach.map(({ identity }) => identity);
  const fresh = known !== undefined && now - known.at < freshMs ? known.identities.userAssigned : undefined;
  const read =
    unwanted.length > 0 ||
    waiting.some(({ identity }) => fresh?.has(identity.key) !== true) ||
    (wanted.length > 0 && fresh === undefined);
  return { wanted, waiting, unwanted, read };
}
