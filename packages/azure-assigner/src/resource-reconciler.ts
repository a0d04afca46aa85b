/**
 * Bringing one compute resource, and the assignments on it, to where they should be.
 *
 * A run takes the plan as it is now, does what it can, and ends; whatever is left, or comes up meanwhile, is another
 * run's. Each step leaves a state from which a new run, of this process or the next, reaches the same end.
 *
 * @module
 */
import { GracePeriods } from './grace-periods.js';
import type { ReconcileOptions } from './reconcile-options.js';
import { outcomeOf } from './resource-outcome.js';
import { ResourceRun } from './resource-run.js';
import type { RunResult } from './run-problems.js';
import { ResourceState } from './resource-state.js';
import { WriteLanes } from './write-lanes.js';

/**
 * How many objects are written at the same time by all runs. That is more than this process can prepare while an API
 * server takes 20 ms for each; twice as many would only be more that is in memory at once.
 */
const writesAtOnce = 32;

/** Runs on compute resources, and remembers what Azure said about each. */
export class ResourceReconciler {
  readonly #options: ReconcileOptions;
  readonly #states = new Map<string, ResourceState>();
  readonly #running = new Map<string, ResourceRun>();
  readonly #writes = new WriteLanes(writesAtOnce);

  constructor(options: ReconcileOptions) {
    this.#options = options;
  }

  /** What Azure refused of the identity of that key (its resource ID in lower case) counts no more. */
  pardon(identity: string): void {
    for (const { quarantine } of this.#states.values()) quarantine.release(identity);
  }

  /**
   * Runs on the resource of that key. Not to be called for one resource twice at the same time.
   *
   * @throws ReconcileFailure where something is left undone; KubernetesError `not-leading` where the lease is lost
   */
  async run(key: string, signal: AbortSignal): Promise<RunResult> {
    const plan = this.#options.index.planFor(key);
    if (plan === undefined) {
      this.#states.delete(key);
      this.#options.onOutcome?.(key, undefined);
      return {};
    }
    const { graceMs, clock } = this.#options;
    const state = this.#states.get(key) ?? new ResourceState(clock, new GracePeriods(graceMs, clock));
    this.#states.set(key, state);
    const wanted = [...plan.attach, ...plan.keep].map(({ identity }) => identity.key);
    state.quarantine.retain(new Set(wanted));
    state.grace.retain(plan.detach.flatMap(({ leaving }) => leaving));
    // One that is the run's own: a thousand listeners on the queue's would look like a leak to Node.
    const own = AbortSignal.any([signal]);
    // What comes late in a burst is not to wait for the objects of all other resources as well.
    const lane = state.lane ?? this.#writes.open();
    const run = new ResourceRun(this.#options, plan, state, lane, own);
    this.#running.set(key, run);
    try {
      return await run.execute();
    } finally {
      this.#running.delete(key);
      state.lane = state.collecting ? lane : undefined;
      this.#options.onOutcome?.(key, outcomeOf(plan, state));
    }
  }

  /** The plan of that resource may be another now. A run under way does what can be done at once. */
  changed(key: string): void {
    this.#running.get(key)?.changed();
  }
}
