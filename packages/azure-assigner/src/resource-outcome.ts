/**
 * What a run has shown about the identities that a compute resource needs: for conditions and metrics.
 *
 * @module
 */
import type { ComputeResource } from '@aad-pod-identity/core';
import type { Refusal, ResourcePlan } from '@aad-pod-identity/matcher';
import { wantedOf } from './azure-work.js';
import { isLive, type ResourceState } from './resource-state.js';

/** Identities are keys: resource IDs in lower case. */
export interface ResourceOutcome {
  readonly resource: ComputeResource;
  /** In quarantine: Azure refuses them here. */
  readonly refused: ReadonlyMap<string, Refusal>;
  /** Needed, and there, as far as Azure was asked. */
  readonly attached: readonly string[];
  /** Needed, and there in name only. */
  readonly stale: readonly string[];
}

/** What is known after a run. */
export function outcomeOf(plan: ResourcePlan, state: ResourceState): ResourceOutcome {
  const { resource } = plan;
  const refused = new Map<string, Refusal>();
  for (const { identity, why } of state.quarantine.held()) refused.set(identity, { resource, message: why });
  const seen = state.seen?.identities;
  const there = wantedOf(plan).flatMap(({ key }) => (seen?.userAssigned.has(key) === true ? [key] : []));
  return {
    resource,
    refused,
    attached: there.filter((key) => isLive(seen, key)),
    stale: there.filter((key) => !isLive(seen, key)),
  };
}
