/**
 * One run on one compute resource: the steps from the plan to its effects.
 *
 * @module
 */
import type { AzureAssignedIdentity } from '@aad-pod-identity/core';
import { KubernetesError, type WorkResult } from '@aad-pod-identity/kubernetes';
import type {
  AttachedBy,
  Attachment,
  Detachment,
  ResourceIdentities,
  ResourcePlan,
} from '@aad-pod-identity/matcher';
import { applyIdentities } from './apply-identities.js';
import { planAzureWork, type AzureWork, type ResourceState } from './azure-work.js';
import type { ComputeFailure } from './compute.js';
import { messageOf } from './reconcile-failure.js';
import type { ReconcileOptions } from './reconcile-options.js';
import { planRemovals, type RemovalPlan } from './removal-plan.js';
import { RunProblems, isEnding } from './run-problems.js';
import { onePerBinding, writtenChanges, type WrittenChange } from './written-change.js';

/** An operation that takes longer than this is not waited for. */
const longestOperationMs = 600_000;
/** Between two looks at an operation of somebody else. */
const operationPollMs = 5_000;
const nothing: ReadonlyMap<string, unknown> = new Map();

/** The run. To be executed once. */
export class ResourceRun {
  readonly #options: ReconcileOptions;
  readonly #plan: ResourcePlan;
  readonly #state: ResourceState;
  readonly #signal: AbortSignal;
  #removals: RemovalPlan;
  /** The objects of the assignments that wait, by assignment. */
  readonly #objects = new Map<string, AzureAssignedIdentity>();
  /** Identities of which at least one object tells by now who attached them. */
  readonly #noted = new Set<string>();
  readonly #problems: RunProblems;
  #requeueAfterMs: number | undefined;

  constructor(options: ReconcileOptions, plan: ResourcePlan, state: ResourceState, signal: AbortSignal) {
    this.#options = options;
    this.#plan = plan;
    this.#state = state;
    this.#signal = signal;
    this.#problems = new RunProblems(options.batch);
    this.#removals = planRemovals(plan, options.clock.now(), options.graceMs);
  }

  /**
   * @returns when to run again
   * @throws ReconcileFailure where something is left undone; KubernetesError `not-leading` where the lease is lost
   */
  async execute(): Promise<WorkResult> {
    const { writer } = this.#options;
    const denied = await this.#problems.each(this.#removals.unassign, (assigned) =>
      writer.unassign(assigned),
    );
    // Nothing comes off while NMI may still serve it.
    if (!denied) this.#removals = { ...this.#removals, detach: [] };
    await this.#problems.each(this.#removals.rescue, (assigned) => writer.rescue(assigned));
    const { attach } = this.#plan;
    // What an object remembers about who attached an identity goes with it: the new ones stand before the old ones go.
    await this.#write(attach.filter(({ attachedBy }) => attachedBy !== 'unknown'));
    await this.#problems.each(this.#removals.remove, (assigned) => this.#remove(assigned));
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
      this.#read(identities);
      if (identities.deleting) {
        return this.#unreadable(work, unsettled, {
          kind: 'deleting',
          message: 'the resource is being deleted',
        });
      }
    }
    await this.#write(unsettled, identities);
    if (identities === undefined) return;
    const applied = await this.#apply(work, identities);
    await this.#assign(work, applied);
    await this.#finishDetachments(this.#removals.detach.filter(({ identity }) => !applied.has(identity.key)));
  }

  /**
   * Takes what Azure says. While an operation of somebody else is under way, of an earlier process of ours above all,
   * an identity that is there cannot be used yet.
   */
  #read(identities: ResourceIdentities): void {
    const now = this.#options.clock.monotonic();
    this.#state.updatingSince = identities.updating ? (this.#state.updatingSince ?? now) : undefined;
    const settled = now - (this.#state.updatingSince ?? Number.NEGATIVE_INFINITY) > longestOperationMs;
    this.#state.known = settled ? { identities, at: now } : undefined;
  }

  /** Attaches and detaches. @returns keys of what the resource has now, for use */
  async #apply(work: AzureWork, current: ResourceIdentities): Promise<ReadonlyMap<string, unknown>> {
    const { compute } = this.#options;
    // Nothing is attached before an object tells that MIC did it: a restart would take it for somebody else's.
    const untold = new Set(
      work.waiting.map(({ identity }) => identity.key).filter((key) => !this.#noted.has(key)),
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
    // A failure in between may have taken effect: what is known counts no more.
    if (failure === undefined) this.#read(identities);
    else this.#state.known = undefined;
    for (const { key } of missing) if (identities.userAssigned.has(key)) this.#state.quarantine.release(key);
    for (const [id, why] of poisoned) this.#quarantine(id.toLowerCase(), why);
    if (failure !== undefined) {
      const left = work.waiting.filter(({ identity }) => !identities.userAssigned.has(identity.key));
      this.#fail(left, work.unwanted.length > 0 ? this.#removals.detach : [], failure);
    }
    return identities.userAssigned;
  }

  /** NMI may serve what is attached now. */
  async #assign({ waiting }: AzureWork, attached: ReadonlyMap<string, unknown>): Promise<void> {
    const { writer, events } = this.#options;
    const ready = waiting.filter(({ identity }) => attached.has(identity.key));
    await this.#problems.each(writtenChanges(ready), async ({ key, grant }) => {
      const object = this.#objects.get(key);
      if (object === undefined) return;
      await this.#withStatusEvent(object, () => writer.assign(object, this.#plan.resource));
      events.applied(grant);
    });
  }

  async #finishDetachments(detached: readonly Detachment[]): Promise<void> {
    await this.#problems.each(
      detached.flatMap(({ leaving }) => leaving),
      (assigned) => this.#remove(assigned),
    );
  }

  /** The resource cannot be read. One that is gone, or going, takes its identities with it. */
  async #unreadable(
    work: AzureWork,
    unsettled: readonly Attachment[],
    failure: ComputeFailure,
  ): Promise<void> {
    const gone = failure.kind === 'not-found' || failure.kind === 'deleting';
    this.#state.known = undefined;
    await this.#write(unsettled);
    if (gone) await this.#finishDetachments(this.#removals.detach);
    const wanted = work.wanted.length > 0;
    if (wanted || !gone) this.#fail(work.waiting, gone ? [] : this.#removals.detach, failure);
  }

  /**
   * Writes the objects of assignments that wait. Who attached an identity that no object tells of shows in what the
   * resource has; where that is not known either, the object says nothing yet.
   */
  async #write(attachments: readonly Attachment[], identities?: ResourceIdentities): Promise<void> {
    const items = attachments.flatMap((attachment) =>
      writtenChanges([attachment]).map((change) => ({ change, attachment })),
    );
    await this.#problems.each(items, async ({ change, attachment: { identity, attachedBy: noted } }) => {
      const there = identities?.userAssigned.has(identity.key);
      const seen: AttachedBy = there === undefined ? 'unknown' : there ? 'others' : 'mic';
      await this.#writeOne(change, noted === 'unknown' ? seen : noted, noted);
      this.#noted.add(identity.key);
    });
  }

  async #writeOne(change: WrittenChange, attachedBy: AttachedBy, noted: AttachedBy): Promise<void> {
    const { writer } = this.#options;
    if (change.action !== 'retry') {
      this.#objects.set(
        change.key,
        await writer.write(change, { resource: this.#plan.resource, attachedBy }),
      );
      return;
    }
    if (noted === 'unknown' && attachedBy !== 'unknown') await writer.settle(change.current, attachedBy);
    this.#objects.set(change.key, change.current);
  }

  async #remove(assigned: AzureAssignedIdentity): Promise<void> {
    if (await this.#options.writer.remove(assigned)) this.#options.events.removed(assigned);
  }

  async #withStatusEvent(assigned: AzureAssignedIdentity, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isEnding(error)) this.#options.events.statusFailed(assigned, messageOf(error));
      throw error;
    }
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
