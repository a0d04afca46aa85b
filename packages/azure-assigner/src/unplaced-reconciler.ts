/**
 * Assignments that no compute resource has a part in: service principals, and what was on nodes that are gone.
 *
 * @module
 */
import type { AssignmentIndex, PlacedChange } from '@aad-pod-identity/matcher';
import type { AssignmentWriter } from './assignment-writer.js';
import type { ObjectBackoff } from './object-backoff.js';
import type { ReconcileEvents } from './reconcile-events.js';
import { ReconcileFailure, messageOf } from './reconcile-failure.js';
import { runLimited } from './run-limited.js';
import { isEnding, type RunResult } from './run-problems.js';

/** Options of {@link reconcileUnplaced}. */
export interface UnplacedReconcilerOptions {
  readonly index: AssignmentIndex;
  readonly writer: AssignmentWriter;
  readonly events: ReconcileEvents;
  /** How many objects are written at the same time. */
  readonly batch: number;
  /** Remembers from run to run which objects cannot be written. */
  readonly backoff?: ObjectBackoff;
}

/**
 * Does what can be done without Azure. An identity that has to be attached waits until its node is known.
 *
 * @returns when to run again, and what is left undone of single objects
 * @throws KubernetesError `not-leading` where the lease is lost
 */
export async function reconcileUnplaced(options: UnplacedReconcilerOptions): Promise<RunResult> {
  const { index, batch, backoff } = options;
  const keyOf = ({ change }: PlacedChange): string => `${change.action} ${change.key}`;
  const due = index.unplacedChanges().filter((placed) => backoff?.holds(keyOf(placed)) !== true);
  const errors = await runLimited(due, batch, async (placed) => {
    try {
      await reconcileOne(placed, options);
      backoff?.worked(keyOf(placed));
    } catch (error) {
      backoff?.failed(keyOf(placed));
      throw error;
    }
  });
  for (const error of errors) if (isEnding(error)) throw error;
  const requeueAfterMs = backoff?.nextInMs();
  return {
    ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
    ...(errors.length === 0 ? {} : { problem: new ReconcileFailure(messageOf(errors[0])) }),
  };
}

async function reconcileOne(placed: PlacedChange, options: UnplacedReconcilerOptions): Promise<void> {
  const { writer, events } = options;
  const { change, placement } = placed;
  if (change.action === 'delete') {
    if (await writer.remove(change.current)) events.removed(change.current);
    return;
  }
  if (placement.kind !== 'none' || placement.why !== 'no-azure-identity') return;
  if (change.action !== 'retry') await writer.write(change);
  else if (!(await writer.assign(change.current))) return;
  events.applied(change.grant);
}
