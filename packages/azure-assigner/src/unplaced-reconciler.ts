/**
 * Assignments that no compute resource has a part in: service principals, and what was on nodes that are gone.
 *
 * @module
 */
import { isKubernetesError, type WorkResult } from '@aad-pod-identity/kubernetes';
import type { AssignmentIndex, PlacedChange } from '@aad-pod-identity/matcher';
import type { AssignmentWriter } from './assignment-writer.js';
import type { ReconcileEvents } from './reconcile-events.js';
import { ReconcileFailure, messageOf } from './reconcile-failure.js';
import { runLimited } from './run-limited.js';

/** Options of {@link reconcileUnplaced}. */
export interface UnplacedReconcilerOptions {
  readonly index: AssignmentIndex;
  readonly writer: AssignmentWriter;
  readonly events: ReconcileEvents;
  /** How many objects are written at the same time. */
  readonly batch: number;
}

/**
 * Does what can be done without Azure. An identity that has to be attached waits until its node is known.
 *
 * @throws ReconcileFailure where something is left undone; KubernetesError `not-leading` where the lease is lost
 */
export async function reconcileUnplaced(options: UnplacedReconcilerOptions): Promise<WorkResult> {
  const { index, batch } = options;
  const errors = await runLimited(index.unplacedChanges(), batch, (placed) => reconcileOne(placed, options));
  for (const error of errors) if (isKubernetesError(error, 'not-leading', 'aborted')) throw error;
  if (errors.length > 0) throw new ReconcileFailure(messageOf(errors[0]));
  return {};
}

async function reconcileOne(placed: PlacedChange, options: UnplacedReconcilerOptions): Promise<void> {
  const { writer, events } = options;
  const { change, placement } = placed;
  if (change.action === 'delete') {
    if (await writer.remove(change.current)) events.removed(change.current);
    return;
  }
  if (placement.kind !== 'none' || placement.why !== 'no-azure-identity') return;
  if (change.action === 'retry') await writer.assign(change.current);
  else await writer.write(change);
  events.applied(change.grant);
}
