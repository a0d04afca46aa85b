/**
 * What one run does to the identities of a compute resource, once it knows what the resource has.
 *
 * @module
 */
import type { ResourceIdentities, ResourcePlan } from '@aad-pod-identity/matcher';
import { applyIdentities } from './apply-identities.js';
import { planWork, wantedOf } from './azure-work.js';
import type { ComputeFailure } from './compute.js';
import { goneIdentities } from './gone-identities.js';
import { PatchSequence, noSuspicion, type PatchBatch } from './patch-sequence.js';
import type { ReconcileOptions } from './reconcile-options.js';
import { planRemovals, type RemovalPlan } from './removal-plan.js';
import { isLive, type ResourceState } from './resource-state.js';
import type { RunObjects } from './run-objects.js';
import type { RunReport } from './run-report.js';

/** What {@link changeIdentities} goes by. */
export interface IdentityChange {
  readonly options: ReconcileOptions;
  readonly plan: ResourcePlan;
  readonly removals: RemovalPlan;
  readonly state: ResourceState;
  readonly current: ResourceIdentities;
  /** `clock.monotonic()` */
  readonly now: number;
  readonly objects: RunObjects;
  readonly report: RunReport;
  readonly signal: AbortSignal;
}

/** Until the next identity of which only experiments tell is tried again, in milliseconds. */
const experimentPauseMs = 30_000;
/** From this many conflicts of the version in a row on, the version that was read is not insisted on. */
const mostConflicts = 3;

const goneWords = 'Azure has no identity of this name';
const staleWords = 'Azure gives no client ID for it even though it was attached anew';
const untouchableWords =
  'it was deleted, and perhaps recreated, since it was attached; it has to be taken off and attached again by hand, for it is protected';

/** Attaches, detaches, and attaches anew. @returns what the resource has after it, as far as Azure said */
export async function changeIdentities(
  change: IdentityChange,
): Promise<{ readonly identities: ResourceIdentities; readonly failure: ComputeFailure | undefined }> {
  const { options, plan, removals, state, current, now, objects, report, signal } = change;
  const { clock, compute, index, reader } = options;
  const work = planWork({
    plan,
    detach: removals.detach.map(({ identity }) => identity),
    state,
    current,
    now,
    tells: (key) => objects.tells(key),
    isProtected: (key) => {
      const protection = index.protectionOn(key, current);
      return protection !== undefined && protection !== 'unsure';
    },
  });
  for (const id of work.untouchable) report.bad({ id, named: true }, untouchableWords);
  const gone = new Set(
    await goneIdentities(reader, [...work.reattach, ...work.again, ...work.alone], signal),
  );
  for (const id of gone) report.bad({ id, named: true }, goneWords);
  const there = (ids: readonly string[]): string[] => ids.filter((id) => !gone.has(id));
  const [again, alone, reattach] = [there(work.again), there(work.alone), there(work.reattach)];
  // Azure may attach them without saying so.
  for (const id of [...work.attach, ...again, ...alone])
    if (!current.userAssigned.has(id.toLowerCase())) state.claim(id.toLowerCase());
  const sequence = new PatchSequence({ ...work, again, alone, reattach });
  const { identities, changed, failure } = await applyIdentities(without(current, work.doubtful), sequence, {
    compute,
    resource: plan.resource,
    signal,
    conditional: state.versionConflicts < mostConflicts,
    withdrawn: (batch) => withdrawn(batch, change),
    missing: (ids) => goneIdentities(reader, ids, signal),
    onBad: (identity, why) => report.bad(identity, why),
  });
  state.suspicion = sequence.suspicion;
  if (failure?.kind !== 'conflict') state.unconflicted();
  if (changed) state.finished(identities, clock.monotonic());
  if (failure !== undefined) {
    // It may have taken effect all the same.
    state.forget();
    if (!['throttled', 'conflict', 'aborted'].includes(failure.kind)) state.reapply(work.doubtful);
  }
  for (const id of reattach) {
    const attached = identities.userAssigned.get(id.toLowerCase());
    if (changed && failure === undefined && attached?.stale === true)
      report.bad({ id, named: true }, staleWords);
  }
  for (const { key } of wantedOf(plan)) {
    if (!changed || !isLive(identities, key)) continue;
    state.quarantine.release(key);
    if (!current.userAssigned.has(key)) state.claim(key);
  }
  if (failure === undefined && sequence.suspicion !== noSuspicion) report.again(0);
  else if (alone.length > 1) report.again(experimentPauseMs);
  return { identities: changed ? identities : current, failure };
}

/** Doubtful identities are sent once more as if they were not there. */
function without(current: ResourceIdentities, keys: readonly string[]): ResourceIdentities {
  if (keys.length === 0) return current;
  const out = new Set(keys);
  const userAssigned = new Map([...current.userAssigned].filter(([key]) => !out.has(key)));
  return { ...current, userAssigned };
}

/** What of a batch is to be left as it is by now: it is wanted again, or no longer. */
function withdrawn(
  { attach, detach }: PatchBatch,
  { options, plan, removals, state }: IdentityChange,
): string[] {
  const { index } = options;
  const latest = index.planFor(plan.key);
  const wanted = new Set(latest === undefined ? [] : wantedOf(latest).map(({ key }) => key));
  const planned = new Set(removals.detach.map(({ identity }) => identity.key));
  const due =
    latest === undefined
      ? planned
      : new Set(planRemovals(latest, state.grace).detach.map(({ identity }) => identity.key));
  const stays = (id: string): boolean => {
    const key = id.toLowerCase();
    return planned.has(key) ? !due.has(key) : !wanted.has(key);
  };
  return [...attach.filter((id) => !wanted.has(id.toLowerCase())), ...detach.filter(stays)];
}
