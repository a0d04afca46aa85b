/**
 * How much is left of the grace periods on one compute resource (docs/spec.md section 5, unassign grace period).
 *
 * @module
 */
import {
  UNASSIGNED_SINCE_ANNOTATION,
  objectKey,
  type AzureAssignedIdentity,
  type Clock,
} from '@aad-pod-identity/core';

/**
 * An object tells since when it has been `Unassigned`, by the wall clock of whoever wrote that. Clocks may disagree: one
 * that ran ahead must not prolong the wait. So no wait is longer than the grace period from when this process first saw
 * the object so.
 */
export class GracePeriods {
  readonly #graceMs: number;
  readonly #clock: Clock;
  /** By object and the time that it tells, on the monotonic clock. */
  readonly #firstSeen = new Map<string, number>();

  constructor(graceMs: number, clock: Clock) {
    this.#graceMs = graceMs;
    this.#clock = clock;
  }

  /** Milliseconds until what the object stands for may come off; 0 or less: now. */
  leftMs(assigned: AzureAssignedIdentity): number {
    if (assigned.status !== 'Unassigned') return this.#graceMs;
    const since = Date.parse(assigned.annotations[UNASSIGNED_SINCE_ANNOTATION] ?? '');
    // One that the original left does not say since when.
    if (Number.isNaN(since)) return 0;
    const now = this.#clock.monotonic();
    const key = keyOf(assigned);
    const firstSeen = this.#firstSeen.get(key) ?? now;
    this.#firstSeen.set(key, firstSeen);
    return this.#graceMs - Math.max(this.#clock.now() - since, now - firstSeen);
  }

  /** Forgets all objects but these. */
  retain(leaving: readonly AzureAssignedIdentity[]): void {
    if (this.#firstSeen.size === 0) return;
    const keys = new Set(leaving.map(keyOf));
    for (const key of this.#firstSeen.keys()) if (!keys.has(key)) this.#firstSeen.delete(key);
  }
}

function keyOf(assigned: AzureAssignedIdentity): string {
  return `${objectKey(assigned)} ${assigned.annotations[UNASSIGNED_SINCE_ANNOTATION] ?? ''}`;
}
