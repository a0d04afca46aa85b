/**
 * Getting a compute resource to have, and not to have, given identities: PATCH after PATCH, around poison.
 *
 * @module
 */
import type { ComputeResource } from '@aad-pod-identity/core';
import { planIdentityPatches, type ResourceIdentities } from '@aad-pod-identity/matcher';
import type { Compute, ComputeFailure } from './compute.js';
import { splitBatch, type PatchBatch } from './patch-batch.js';

/** What came of it. */
export interface AppliedIdentities {
  /** What the resource has now, as far as Azure said. */
  readonly identities: ResourceIdentities;
  /** Bad identities by resource ID, each with Azure's words. */
  readonly poisoned: ReadonlyMap<string, string>;
  /** What ended the work early; what was done before stands. */
  readonly failure: ComputeFailure | undefined;
}

/**
 * Attaches and detaches with as few PATCHes as Azure allows: one, where no identity is bad and no more than 150 change.
 * Never rejects.
 *
 * @param current - what the resource has
 */
export async function applyIdentities(
  compute: Compute,
  resource: ComputeResource,
  current: ResourceIdentities,
  wanted: PatchBatch,
  signal: AbortSignal,
): Promise<AppliedIdentities> {
  const poisoned = new Map<string, string>();
  const waiting: PatchBatch[] = [wanted];
  let identities = current;
  let failure: ComputeFailure | undefined;
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    const [patch] = planIdentityPatches(identities, batch.attach, batch.detach);
    if (patch === undefined) continue;
    const sent = entriesOf(patch.userAssignedIdentities, batch);
    const outcome = await compute.patch(resource, patch, sent.attach, signal);
    const left = without(batch, sent);
    if (outcome.ok) {
      identities = outcome.identities;
      waiting.unshift(left);
    } else if (outcome.failure.kind === 'poison' && sent.attach.length > 0) {
      const { rest, bad } = splitBatch(sent, outcome.failure.identities);
      for (const id of bad) poisoned.set(id, outcome.failure.message);
      waiting.unshift(...rest, left);
    } else {
      failure = outcome.failure;
      break;
    }
  }
  return { identities, poisoned, failure };
}

/** The part of `batch` that a patch carries; one without entries takes everything off. */
function entriesOf(entries: Readonly<Record<string, unknown>> | undefined, batch: PatchBatch): PatchBatch {
  if (entries === undefined) return batch;
  const keys = new Set(Object.keys(entries).map((id) => id.toLowerCase()));
  const carried = (id: string): boolean => keys.has(id.toLowerCase());
  return { attach: batch.attach.filter(carried), detach: batch.detach.filter(carried) };
}

function without(batch: PatchBatch, sent: PatchBatch): PatchBatch {
  const out = new Set([...sent.attach, ...sent.detach]);
  return {
    attach: batch.attach.filter((id) => !out.has(id)),
    detach: batch.detach.filter((id) => !out.has(id)),
  };
}
