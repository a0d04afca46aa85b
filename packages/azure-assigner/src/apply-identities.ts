/**
 * Getting a compute resource to have, and not to have, given identities: PATCH after PATCH, around poison.
 *
 * @module
 */
import type { ComputeResource } from '@aad-pod-identity/core';
import { planIdentityPatches, type ResourceIdentities } from '@aad-pod-identity/matcher';
import type { Compute, ComputeFailure } from './compute.js';
import type { BadIdentity, PatchBatch, PatchSequence } from './patch-sequence.js';

/** How identities are applied. */
export interface ApplyOptions {
  readonly compute: Compute;
  readonly resource: ComputeResource;
  readonly signal: AbortSignal;
  /** Whether a PATCH is meant for the version of the resource that was seen, and for no other. */
  readonly conditional: boolean;
  /** Asked right before each PATCH: which of its identities are to be left as they are by now. */
  readonly withdrawn: (batch: PatchBatch) => readonly string[];
  /** Which of these Azure has no longer, as far as that can be told. */
  readonly missing: (ids: readonly string[]) => Promise<readonly string[]>;
  /** Told of each bad identity, with Azure's words. */
  readonly onBad: (identity: BadIdentity, why: string) => void;
}

/** What came of it. */
export interface AppliedIdentities {
  /** What the resource has now, as far as Azure said. */
  readonly identities: ResourceIdentities;
  /** Whether Azure took a PATCH, and finished it. */
  readonly changed: boolean;
  /** What ended the work early; what was done before stands. */
  readonly failure: ComputeFailure | undefined;
}

/**
 * Attaches and detaches with as few PATCHes as Azure allows: one, where no identity is bad, none is there in name only
 * and no more than 150 change. Never rejects.
 *
 * @param current - what the resource has
 */
export async function applyIdentities(
  current: ResourceIdentities,
  sequence: PatchSequence,
  options: ApplyOptions,
): Promise<AppliedIdentities> {
  const { compute, resource, signal } = options;
  let identities = current;
  let changed = false;
  let words = 'Azure rejects what it is part of, without naming which identity is bad';
  const tell = (bad: readonly BadIdentity[]): void => bad.forEach((one) => options.onBad(one, words));
  for (let batch = sequence.next(); batch !== undefined; batch = sequence.next()) {
    if (planIdentityPatches(identities, batch.attach, batch.detach).length > 0) {
      const failure = await compute.turn?.(resource, signal);
      if (failure !== undefined) return { identities, changed, failure };
    }
    // What is wanted may be something else since the run was planned; from here on nothing waits any more.
    const withdrawn = options.withdrawn(batch);
    if (withdrawn.length > 0) {
      sequence.withdraw(withdrawn);
      continue;
    }
    const [patch] = planIdentityPatches(identities, batch.attach, batch.detach);
    if (patch === undefined) {
      sequence.taken(batch);
      continue;
    }
    const sent = entriesOf(patch.userAssignedIdentities, batch);
    const etag = options.conditional ? identities.etag : undefined;
    const outcome = await compute.patch(resource, patch, sent.attach, signal, etag);
    if (outcome.ok) {
      ({ identities } = outcome);
      changed = true;
      sequence.taken(sent);
    } else if (outcome.failure.kind === 'poison' && sent.attach.length > 0) {
      words = outcome.failure.message;
      const named = outcome.failure.identities;
      tell(sequence.rejected(sent, named.length > 0 ? named : await options.missing(sent.attach)));
    } else return { identities, changed, failure: outcome.failure };
    tell(sequence.exposed());
  }
  return { identities, changed, failure: undefined };
}

/** The part of `batch` that a patch carries; one without entries takes everything off. */
function entriesOf(entries: Readonly<Record<string, unknown>> | undefined, batch: PatchBatch): PatchBatch {
  if (entries === undefined) return batch;
  const keys = new Set(Object.keys(entries).map((id) => id.toLowerCase()));
  const carried = (id: string): boolean => keys.has(id.toLowerCase());
  return { attach: batch.attach.filter(carried), detach: batch.detach.filter(carried) };
}
