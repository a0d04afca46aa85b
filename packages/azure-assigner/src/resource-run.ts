/**
 * One run on one compute resource: the steps from the plan to its effects.
 *
 * @module
 */
import type { Attachment, Detachment, ResourceIdentities, ResourcePlan } from '@aad-pod-identity/matcher';
import { needsReading, wantedOf } from './azure-work.js';
import type { ComputeFailure } from './compute.js';
import type { ReconcileOptions } from './reconcile-options.js';
import { planRemovals, type RemovalPlan } from './removal-plan.js';
import { isLive, type ResourceState } from './resource-state.js';
import { changeIdentities } from './run-identities.js';
import { RunObjects } from './run-objects.js';
import { RunProblems, type RunResult } from './run-problems.js';
import { RunReport } from './run-report.js';
import { RunServing } from './run-serving.js';
import type { WriteLane } from './write-lanes.js';

/** Between two looks at an operation of somebody else, in milliseconds. */
const operationPollMs = 5_000;

/** The run. To be executed once. */
export class ResourceRun {
  readonly #options: ReconcileOptions;
  readonly #plan: ResourcePlan;
  readonly #state: ResourceState;
  readonly #signal: AbortSignal;
  readonly #problems: RunProblems;
  readonly #objects: RunObjects;
  readonly #report: RunReport;
  readonly #serving: RunServing;
  #removals: RemovalPlan;

  /** @param writes - bounds and orders the writes to the cluster of all runs together */
  constructor(
    options: ReconcileOptions,
    plan: ResourcePlan,
    state: ResourceState,
    writes: WriteLane,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#plan = plan;
    this.#state = state;
    this.#signal = signal;
    this.#problems = new RunProblems(options.batch, writes);
    this.#objects = new RunObjects(options, plan, state, this.#problems);
    this.#report = new RunReport(options, plan, state, this.#problems);
    this.#removals = planRemovals(plan, state.grace);
    this.#serving = new RunServing({
      index: options.index,
      clock: options.clock,
      key: plan.key,
      objects: this.#objects,
      isReady: (key) => this.#isReady(key),
      isOurs: (key) => state.isOurs(key),
      isLeaving: (key) => this.#removals.detach.some(({ identity }) => identity.key === key),
    });
  }

  /** Something of the resource's plan may have changed while the run goes on. */
  changed(): void {
    this.#serving.changed();
  }

  /**
   * @returns when to run again, and what is left undone of single objects
   * @throws ReconcileFailure where something is left undone; KubernetesError `not-leading` where the lease is lost
   */
  async execute(): Promise<RunResult> {
    const denied = await this.#objects.unassign(this.#removals.unassign);
    // Nothing comes off while NMI may still serve it.
    if (!denied) this.#removals = { ...this.#removals, detach: [] };
    await this.#objects.rescue(this.#removals.rescue);
    await this.#announce(this.#plan.attach.filter(({ attachedBy }) => attachedBy !== 'unknown'));
    await this.#objects.remove(this.#removals.remove);
    await this.#azure();
    await this.#objects.report(this.#report.failed);
    return this.#result();
  }

  /**
   * What an object remembers about who attached an identity goes with it: the new ones stand before the old ones go.
   */
  async #announce(attachments: readonly Attachment[], identities?: ResourceIdentities): Promise<void> {
    await this.#objects.announce(attachments, identities);
    const told = attachments.filter(({ identity }) => this.#objects.tells(identity.key));
    await this.#objects.remove(
      told.flatMap(({ identity }) => this.#removals.succeeded.get(identity.key) ?? []),
    );
  }

  async #azure(): Promise<void> {
    const { clock, compute, reconcileMs } = this.#options;
    const unsettled = this.#plan.attach.filter(({ attachedBy }) => attachedBy === 'unknown');
    const now = clock.monotonic();
    const needed = needsReading(this.#plan, this.#removals, this.#state, now, reconcileMs);
    const pauseMs = this.#state.pauseMs(now);
    const read = needed && pauseMs <= 0;
    if (needed && !read) this.#report.again(pauseMs);
    if (read && !this.#state.collecting) {
      const outcome = await compute.get(this.#plan.resource, this.#signal);
      if (!outcome.ok) return this.#unreadable(unsettled, outcome.failure);
      if (outcome.identities.deleting) {
        const message = 'the resource is being deleted';
        return this.#unreadable(unsettled, { kind: 'deleting', message });
      }
      this.#state.observe(outcome.identities, clock.monotonic());
      if (this.#hasMoreToAttach()) {
        this.#state.keepForNext();
        return this.#report.again(0);
      }
    }
    const current = this.#state.seen?.identities;
    // What an operation of somebody else does now may not stay: whose an identity is shows when it is over.
    await this.#announce(unsettled, this.#state.busy ? undefined : current);
    if (current === undefined) return this.#objects.write('telling', this.#plan.attach);
    if (read && this.#state.collect(this.#hasMoreToAttach(), clock.monotonic())) return this.#report.again(0);
    await this.#keepProtected(current);
    const applied = read ? await this.#serving.during(this.#change(current)) : current;
    await this.#serving.serve();
    if (!read) return;
    await this.#reopen(applied);
    // What an operation that is not over takes off may be back when it fails.
    if (this.#state.busy) return;
    const { detach } = this.#removals;
    await this.#remove(detach.filter(({ identity }) => !applied.userAssigned.has(identity.key)));
  }

  /**
   * Pods come in bursts, and an update takes up to a minute: what they need that came while the first objects were
   * written goes into the same update.
   */
  #hasMoreToAttach(): boolean {
    const { index } = this.#options;
    const planned = new Set(wantedOf(this.#plan).map(({ key }) => key));
    const attach = index.planFor(this.#plan.key)?.attach ?? [];
    return attach.some(
      ({ identity: { key } }) => !planned.has(key) && !this.#state.isUsable(key) && !this.#isHeld(key),
    );
  }

  /** Attaches and detaches. @returns what the resource has after it */
  async #change(current: ResourceIdentities): Promise<ResourceIdentities> {
    const now = this.#options.clock.monotonic();
    for (const { key } of wantedOf(this.#plan)) {
      if (isLive(current, key) && !this.#state.isDoubtful(key)) this.#state.quarantine.release(key);
    }
    if (this.#state.busy) {
      const settled = wantedOf(this.#plan).every(({ key }) => this.#state.isUsable(key));
      if (!settled || this.#removals.detach.length > 0) this.#report.again(operationPollMs);
      return current;
    }
    const { identities, failure } = await changeIdentities({
      options: this.#options,
      plan: this.#plan,
      removals: this.#removals,
      state: this.#state,
      current,
      now,
      objects: this.#objects,
      report: this.#report,
      signal: this.#signal,
    });
    if (failure !== undefined) {
      const left = this.#plan.attach.filter(({ identity: { key } }) => !this.#isReady(key));
      this.#report.fail(
        left.filter(({ identity }) => !this.#isHeld(identity.key)),
        this.#removals.detach,
        failure,
      );
    }
    return identities;
  }

  /**
   * What must never come off is told apart by what the resource says of it: an AzureIdentity may give a wrong client
   * ID. Its objects go all the same.
   */
  async #keepProtected(current: ResourceIdentities): Promise<void> {
    const { index } = this.#options;
    const stays = ({ identity }: Detachment): boolean =>
      index.protectionOn(identity.key, current) !== undefined;
    const { detach } = this.#removals;
    this.#removals = { ...this.#removals, detach: detach.filter((detachment) => !stays(detachment)) };
    await this.#remove(detach.filter(stays));
  }

  /** `Assigned` objects whose identity is not there, and could not be attached again at once, say so. */
  async #reopen(applied: ResourceIdentities): Promise<void> {
    const missing = wantedOf(this.#plan).filter(({ key }) => !isLive(applied, key));
    for (const { key } of missing)
      await this.#objects.reopen([...this.#options.index.standing(this.#plan.key, key)]);
  }

  #remove(detached: readonly Detachment[]): Promise<void> {
    return this.#objects.remove(detached.flatMap(({ leaving }) => leaving));
  }

  /** The resource cannot be read. One that is gone, or going, takes its identities with it. */
  async #unreadable(unsettled: readonly Attachment[], failure: ComputeFailure): Promise<void> {
    const gone = failure.kind === 'not-found' || failure.kind === 'deleting';
    if (gone) this.#state.gone();
    else this.#state.forget();
    await this.#announce(unsettled);
    await this.#objects.write('telling', this.#plan.attach);
    if (gone) await this.#remove(this.#removals.detach);
    if (gone && wantedOf(this.#plan).length === 0) return;
    const waiting = this.#plan.attach.filter(({ identity }) => !this.#isHeld(identity.key));
    this.#report.fail(waiting, gone ? [] : this.#removals.detach, failure);
  }

  #isReady(key: string): boolean {
    return this.#state.isUsable(key) && !this.#isHeld(key);
  }

  #isHeld(key: string): boolean {
    return this.#state.quarantine.holds(key, this.#options.clock.monotonic());
  }

  #result(): RunResult {
    const { clock, reconcileMs } = this.#options;
    const now = clock.monotonic();
    const problem = this.#problems.result();
    const used = wantedOf(this.#plan).length > 0;
    const checkInMs = used ? reconcileMs - (now - (this.#state.seen?.at ?? now)) : undefined;
    const times = [
      this.#report.againInMs,
      this.#removals.nextInMs,
      this.#state.quarantine.nextInMs(now),
      this.#state.objects.nextInMs(),
      checkInMs,
    ];
    const next = Math.min(...times.filter((ms) => ms !== undefined));
    return {
      ...(Number.isFinite(next) ? { requeueAfterMs: Math.max(0, next) } : {}),
      ...(problem === undefined ? {} : { problem }),
    };
  }
}
