import type { Clock } from '@aad-pod-identity/core';
import type { AssignmentIndex } from '@aad-pod-identity/matcher';
import type { AssignmentWriter } from './assignment-writer.js';
import type { Compute } from './compute.js';
import type { IdentityReader } from './identity-reader.js';
import type { ReconcileEvents } from './reconcile-events.js';
import type { ResourceOutcome } from './resource-outcome.js';

/** What the work on compute resources needs. */
export interface ReconcileOptions {
  readonly index: AssignmentIndex;
  readonly compute: Compute;
  readonly writer: AssignmentWriter;
  readonly events: ReconcileEvents;
  readonly clock: Clock;
  /** How long an identity that is not needed any more stays attached, in milliseconds. */
  readonly graceMs: number;
  /** How often what Azure has is compared with what is assigned, in milliseconds. */
  readonly reconcileMs: number;
  /** Tells which identities Azure has no longer, without a PATCH. Without it, that shows by what Azure rejects. */
  readonly reader?: IdentityReader;
  /** How many objects of one resource are written at the same time. */
  readonly batch: number;
  /** Told what each run has shown; undefined: the resource concerns nobody any more. */
  readonly onOutcome?: (resourceKey: string, outcome: ResourceOutcome | undefined) => void;
}
