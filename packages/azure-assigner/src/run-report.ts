/**
 * What comes of one run: what is told to people, what is left undone, and when the next run is due.
 *
 * @module
 */
import { KubernetesError } from '@aad-pod-identity/kubernetes';
import type { AttachFailure, Attachment, Detachment, Grant, ResourcePlan } from '@aad-pod-identity/matcher';
import type { ComputeFailure } from './compute.js';
import type { BadIdentity } from './patch-sequence.js';
import type { ReconcileOptions } from './reconcile-options.js';
import type { ResourceState } from './resource-state.js';
import type { RunProblems } from './run-problems.js';
import { onePerBinding, writtenChanges } from './written-change.js';

/** Assignments that wait, and why. */
export interface FailedAttachments {
  readonly waiting: readonly Attachment[];
  readonly failure: AttachFailure;
}

/** Collects it. */
export class RunReport {
  readonly #options: ReconcileOptions;
  readonly #plan: ResourcePlan;
  readonly #state: ResourceState;
  readonly #problems: RunProblems;
  readonly #failed: FailedAttachments[] = [];
  #againInMs: number | undefined;

  constructor(options: ReconcileOptions, plan: ResourcePlan, state: ResourceState, problems: RunProblems) {
    this.#options = options;
    this.#plan = plan;
    this.#state = state;
    this.#problems = problems;
  }

  /** When the next run is due, as far as was asked for. */
  get againInMs(): number | undefined {
    return this.#againInMs;
  }

  /** What is to be said on the objects of assignments, in order. */
  get failed(): readonly FailedAttachments[] {
    return this.#failed;
  }

  /** Asks for another run. */
  again(inMs: number): void {
    this.#againInMs = Math.min(this.#againInMs ?? inMs, inMs);
  }

  /** Azure refuses an identity, or it is of no use: it is left out for a while. */
  bad({ id, named }: BadIdentity, why: string): void {
    const { clock, events } = this.#options;
    const key = id.toLowerCase();
    const retryInMs = this.#state.quarantine.add(key, clock.monotonic(), named, why);
    for (const grant of this.#grantsOf(key)) events.quarantined(grant, why, retryInMs);
    const waiting = this.#plan.attach.filter(({ identity }) => identity.key === key);
    this.#failed.push({ waiting, failure: { kind: 'poison', message: why } });
  }

  /**
   * A request failed, and these wait for it.
   *
   * @throws KubernetesError `aborted` where the run is to end
   */
  fail(waiting: readonly Attachment[], detach: readonly Detachment[], failure: ComputeFailure): void {
    const { clock, events } = this.#options;
    if (failure.kind === 'aborted') throw new KubernetesError('aborted', failure.message);
    this.#failed.push({ waiting, failure });
    const now = clock.monotonic();
    if (failure.kind === 'conflict' && this.#state.conflicted(now, failure.version === true)) {
      this.again(this.#state.pauseMs(now));
      return;
    }
    const waitMs = failure.kind === 'throttled' ? failure.retryAfterMs : undefined;
    if (waitMs !== undefined) this.again(waitMs);
    else this.#problems.add(failure.message);
    // It was told when Azure said so.
    if (failure.kind === 'throttled' && failure.unasked === true) return;
    for (const grant of onePerBinding(waiting)) events.applyFailed(grant, failure.message);
    for (const { leaving } of detach)
      for (const assigned of leaving) events.removeFailed(assigned, failure.message);
  }

  #grantsOf(key: string): readonly Grant[] {
    const waiting = writtenChanges(this.#plan.attach.filter(({ identity }) => identity.key === key));
    if (waiting.length > 0) return waiting.map(({ grant }) => grant);
    return Array.from(this.#options.index.standing(this.#plan.key, key), ({ grant }) => grant);
  }
}
