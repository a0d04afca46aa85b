/**
 * What a compute resource has to be asked and told, given what MIC knows of it.
 *
 * @module
 */
import type { IdentityResourceId } from '@aad-pod-identity/core';
import type { ResourceIdentities, ResourcePlan } from '@aad-pod-identity/matcher';
import type { IdentityWork, Suspicion } from './patch-sequence.js';
import type { Quarantine } from './quarantine.js';
import type { RemovalPlan } from './removal-plan.js';
import { isLive, type ResourceState } from './resource-state.js';

/** The identities that the resource must have. */
export function wantedOf(plan: ResourcePlan): readonly IdentityResourceId[] {
  return [...plan.attach.map(({ identity }) => identity), ...inUse(plan)];
}

/** Those of them that assignments stand for already. */
function inUse({ keep }: ResourcePlan): readonly IdentityResourceId[] {
  return keep.filter(({ users }) => users > 0).map(({ identity }) => identity);
}

/**
 * Whether the resource has to be read at `now` (`clock.monotonic()`): what is known does not answer, or is too old.
 *
 * @param freshMs - how long what Azure said counts
 */
export function needsReading(
  plan: ResourcePlan,
  { detach }: RemovalPlan,
  state: ResourceState,
  now: number,
  freshMs: number,
): boolean {
  const fresh = state.seen !== undefined && now - state.seen.at < freshMs;
  return (
    detach.length > 0 ||
    plan.attach.some(({ identity: { key } }) => !state.quarantine.holds(key, now) && !state.isUsable(key)) ||
    (!fresh && wantedOf(plan).length > 0)
  );
}

/** What is to be done to the identities of a resource, and what need not or must not. */
export interface PlannedWork extends Omit<IdentityWork, 'suspicion'> {
  readonly suspicion: Suspicion;
  /** Keys of identities that are there by an operation that failed, and are part of `attach` to be applied anew. */
  readonly doubtful: readonly string[];
  /** Keys of identities that are there in name only, and protected: MIC does not take them off even for a moment. */
  readonly untouchable: readonly string[];
}

/** What {@link planWork} goes by. */
export interface WorkFacts {
  readonly plan: ResourcePlan;
  readonly detach: readonly IdentityResourceId[];
  readonly state: ResourceState;
  readonly current: ResourceIdentities;
  /** `clock.monotonic()` */
  readonly now: number;
  /** Whether an object tells by now who attaches the identity; before that, nothing is attached. */
  readonly tells: (key: string) => boolean;
  readonly isProtected: (key: string) => boolean;
}

/** Plans what to do to the identities of a resource. */
export function planWork(facts: WorkFacts): PlannedWork {
  const { plan, detach, state, current, now, tells, isProtected } = facts;
  const waiting = plan.attach
    .map(({ identity }) => identity)
    .filter(({ key }) => tells(key) && !state.quarantine.holds(key, now));
  const wanted = [...waiting, ...inUse(plan).filter(({ key }) => !state.quarantine.holds(key, now))];
  const missing = wanted.filter(({ key }) => !current.userAssigned.has(key));
  const inName = wanted.filter(({ key }) => current.userAssigned.has(key) && !isLive(current, key));
  const doubtful = waiting.filter(({ key }) => state.isDoubtful(key));
  const suspicion = stillOf(state.suspicion, new Set(missing.map(({ id }) => id)));
  const suspected = new Set([...suspicion.groups.flat(), ...suspicion.deferred]);
  const ids = (list: readonly IdentityResourceId[]): string[] => list.map(({ id }) => id);
  const with_ = (history: ReturnType<Quarantine['historyOf']>): string[] =>
    ids(missing.filter(({ id, key }) => !suspected.has(id) && state.quarantine.historyOf(key) === history));
  return {
    attach: [...with_('none'), ...ids(doubtful)],
    reattach: ids(inName.filter(({ key }) => !isProtected(key))),
    detach: ids(detach),
    again: with_('named'),
    alone: with_('unnamed'),
    suspicion,
    doubtful: doubtful.map(({ key }) => key),
    untouchable: inName.map(({ key }) => key).filter(isProtected),
  };
}

/** What of a suspicion still matters. */
function stillOf({ groups, deferred, size }: Suspicion, missing: ReadonlySet<string>): Suspicion {
  const matters = (id: string): boolean => missing.has(id);
  return {
    // A group of which one was given up may hold no bad one any more.
    groups: groups.filter((group) => group.every(matters)),
    deferred: [...groups.filter((group) => !group.every(matters)).flat(), ...deferred].filter(matters),
    size,
  };
}
