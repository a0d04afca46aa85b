/**
 * One run on one compute resource: the steps from the plan to its effects.
 *
 * @module
 */
import { KubernetesError, type WorkResult } from '@aad-pod-identity/kubernetes';
import type { Attachment, Detachment, ResourceIdentities, ResourcePlan } from '@aad-pod-identity/matcher';
import { applyIdentities } from './apply-identities.js';
import { planAzureWork, type AzureWork } from './azure-work.js';
import type { ComputeFailure } from './compute.js';
import type { ReconcileOptions } from './reconcile-options.js';
import { planRemovals, type RemovalPlan } from './removal-plan.js';
import type { ResourceState } from './resource-state.js';
import { RunObjects } from './run-objects.js';
import { RunProblems } from './run-problems.js';
import { onePerBinding, writtenChanges } from './written-change.js';

/** Between two looks at an operation of somebody else. */
const operationPollMs = 5_000;
const nothing: ReadonlyMap<string, unknown> = new Map();

/** The run. To be executed once. */
export class ResourceRun {
  readonly #options: ReconcileOptions;
  readonly #plan: ResourcePlan;
  readonly #state: ResourceState;
  readonly #signal: AbortSignal;
  readonly #problems: RunProblems;
  readonly #objects: RunObjects;
  #removals: RemovalPlan;
  #requeueAfterMs: number | undefined;

  constructor(options: ReconcileOptions, plan: ResourcePlan, state: ResourceState, signal: AbortSignal) {
    this.#options = options;
    this.#plan = plan;
    this.#state = state;
    this.#signal = signal;
    this.#problems = new RunProblems(options.batch);
    this.#objects = new RunObjects(options, plan, this.#problems);
    this.#removals = planRemovals(plan, options.clock.now(), options.graceMs);
  }

  /**
   * @returns when to run again
   * @throws ReconcileFailure where something is left undone; KubernetesError `not-leading` where the lease is lost
   */
  async execute(): Promise<WorkResult> {
    const denied = await this.#objects.unassign(this.#removals.unassign);
    // Nothing comes off while NMI may still serve it.
    if (!denied) this.#removals = { ...this.#removals, detach: [] };
    await this.#objects.rescue(this.#removals.rescue);
    const { attach } = this.#plan;
    // What an object remembers about who attached an identity goes with it: the new ones stand before the old ones go.
    await this.#objects.write(attach.filter(({ attachedBy }) => attachedBy !== 'unknown'));
    await this.#objects.remove(this.#removals.remove);
    await this.#azure();
    return this.#result();
  }

  async #azure(): Promise<void> {
    const { clock, compute, reconcileMs } = this.#options;
    const work = planAzureWork(this.#plan, this.#removals, this.#state, clock.monotonic(), reconcileMs);
    const unsettled = this.#plan.attach.filter(({ attachedBy }) => attachedBy === 'unknown');
    let identities = this.#state.known?.identities;
    if (work.read) {
      const outcome = await compute.get(this.#plan.resource, this.#signal);
      if (!outcome.ok) return this.#unreadable(work, unsettled, outcome.failure);
      identities = outcome.identities;
      this.#state.observe(identities, clock.monotonic());
      if (identities.deleting) {
        return this.#unreadable(work, unsettled, {
          kind: 'deleting',
          message: 'the resource is being deleted',
        });
      }
    }
    await this.#objects.write(unsettled, identities);
    if (identities === undefined) return;
    const applied = await this.#apply(work, identities);
    await this.#objects.assign(work.waiting.filter(({ identity }) => applied.has(identity.key)));
    await this.#finishDetachments(this.#removals.detach.filter(({ identity }) => !applied.has(identity.key)));
  }

  /** Attaches and detaches. @returns keys of what the resource has now, for use */
  async #apply(work: AzureWork, current: ResourceIdentities): Promise<ReadonlyMap<string, unknown>> {
    const { clock, compute } = this.#options;
    // Nothing is attached before an object tells that MIC did it: a restart would take it for somebody else's.
    const untold = new Set(
      work.waiting.map(({ identity }) => identity.key).filter((key) => !this.#objects.tells(key)),
    );
    const missing = work.wanted.filter(({ key }) => !current.userAssigned.has(key) && !untold.has(key));
    if (missing.length + work.unwanted.length === 0) {
      if (this.#state.known !== undefined) return current.userAssigned;
      this.#requeueAfterMs = operationPollMs;
      return nothing;
    }
    const batch = { attach: missing.map(({ id }) => id), detach: work.unwanted.map(({ id }) => id) };
    const { resource } = this.#plan;
    const { identities, poisoned, failure } = await applyIdentities(
      compute,
      resource,
      current,
      batch,
      this.#signal,
    );
    // A failure in between may have taken effect.
    if (failure === undefined) this.#state.observe(identities, clock.monotonic());
    else this.#state.forget();
    for (const { key } of missing) if (identities.userAssigned.has(key)) this.#state.quarantine.release(key);
    for (const [id, why] of poisoned) this.#quarantine(id.toLowerCase(), why);
    if (failure !== undefined) {
      const left = work.waiting.filter(({ identity }) => !identities.userAssigned.has(identity.key));
      this.#fail(left, work.unwanted.length > 0 ? this.#removals.detach : [], failure);
    }
    return identities.userAssigned;
  }

  #finishDetachments(detached: readonly Detachment[]): Promise<void> {
    return this.#objects.remove(detached.flatMap(({ leaving }) => leaving));
  }

  /** The resource cannot be read. One that is gone, or going, takes its identities with it. */
  async #unreadable(
    work: AzureWork,
    unsettled: readonly Attachment[],
    failure: ComputeFailure,
  ): Promise<void> {
    const gone = failure.kind === 'not-found' || failure.kind === 'deleting';
    this.#state.forget();
    await this.#objects.write(unsettled);
    if (gone) await this.#finishDetachments(this.#removals.detach);
    const wanted = work.wanted.length > 0;
    if (wanted || !gone) this.#fail(work.waiting, gone ? [] : this.#removals.detach, failure);
  }

  #quarantine(key: string, why: string): void {
    const { clock, events } = this.#options;
    const retryInMs = this.#state.quarantine.add(key, clock.monotonic());
    const attachment = this.#plan.attach.find(({ identity }) => identity.key === key);
    for (const { grant } of writtenChanges(attachment === undefined ? [] : [attachment]))
      events.quarantined(grant, why, retryInMs);
  }

  #fail(waiting: readonly Attachment[], detach: readonly Detachment[], failure: ComputeFailure): void {
    const { events } = this.#options;
    if (failure.kind === 'aborted') throw new KubernetesError('aborted', failure.message);
    for (const grant of onePerBinding(waiting)) events.applyFailed(grant, failure.message);
    for (const { leaving } of detach)
      for (const assigned of leaving) events.removeFailed(assigned, failure.message);
    if (failure.kind === 'throttled' && failure.retryAfterMs !== undefined) {
      this.#requeueAfterMs = failure.retryAfterMs;
    } else this.#problems.add(failure.message);
  }

  #result(): WorkResult {
    const { clock, reconcileMs } = this.#options;
    const now = clock.monotonic();
    this.#problems.throwIfAny();
    const used = this.#plan.attach.length > 0 || this.#plan.keep.some(({ users }) => users > 0);
    const checkInMs = used ? reconcileMs - (now - (this.#state.known?.at ?? now)) : undefined;
    const times = [
      this.#requeueAfterMs,
      this.#removals.nextInMs,
      this.#state.quarantine.nextInMs(now),
      checkInMs,
    ];
    const next = Math.min(...times.filter((ms) => ms !== undefined));
    return Number.isFinite(next) ? { requeueAfterMs: Math.max(0, next) } : {};
  }
}
