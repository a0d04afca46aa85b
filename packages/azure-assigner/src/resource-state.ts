import type { Clock } from '@aad-pod-identity/core';
import type { ResourceIdentities } from '@aad-pod-identity/matcher';
import type { GracePeriods } from './grace-periods.js';
import { ObjectBackoff } from './object-backoff.js';
import { noSuspicion, type Suspicion } from './patch-sequence.js';
import { Quarantine } from './quarantine.js';
import type { WriteLane } from './write-lanes.js';

/** What somebody else does on a resource is not waited for any longer than this. */
const longestOperationMs = 600_000;
/** Until an update that met another one is tried again. */
const conflictPauseMs = 10_000;
/** For so long further identities are collected before an update. */
const collectMs = 1_000;

const none: ReadonlySet<string> = new Set();

/**
 * What MIC remembers of one compute resource. Lost with the process, and then read again. Times are of
 * `clock.monotonic()`; identities are keys (resource IDs in lower case).
 */
export class ResourceState {
  readonly quarantine: Quarantine = new Quarantine();
  /** Objects of this resource that cannot be written. */
  readonly objects: ObjectBackoff;
  readonly grace: GracePeriods;
  /** The place among all writes that the next run keeps: that of the last, where it goes on with its update. */
  lane: WriteLane | undefined;
  /** What experiments with identities that Azure rejects have shown so far. */
  suspicion: Suspicion = noSuspicion;
  #seen: { readonly identities: ResourceIdentities; readonly at: number } | undefined;
  #usable: ReadonlySet<string> = none;
  #updatingSince: number | undefined;
  #busy = false;
  #conflicts: { readonly since: number; versions: number } | undefined;
  #pausedUntil = 0;
  /** Set from a look at the resource to the update that it was for; `since`: from when on that is put off. */
  #collecting: { readonly since: number | undefined } | undefined;
  readonly #reapplied = new Set<string>();
  readonly #ours = new Set<string>();

  constructor(clock: Clock, grace: GracePeriods) {
    this.objects = new ObjectBackoff(clock);
    this.grace = grace;
  }

  /** What Azure said last that the resource has, and when; undefined where that counts no more. */
  get seen(): { readonly identities: ResourceIdentities; readonly at: number } | undefined {
    return this.#seen;
  }

  /** Whether an operation is under way that is not this process's own, and that is to be waited for. */
  get busy(): boolean {
    return this.#busy;
  }

  /** How many updates in a row met another version of the resource than was read. */
  get versionConflicts(): number {
    return this.#conflicts?.versions ?? 0;
  }

  /** For how many milliseconds the resource is to be left alone; 0 or less where it is not. */
  pauseMs(now: number): number {
    return this.#pausedUntil - now;
  }

  /** Whether the resource was read just now for an update that is still to come. */
  get collecting(): boolean {
    return this.#collecting !== undefined && this.#seen !== undefined;
  }

  /** What was seen just now is for the next run, which has more to attach. */
  keepForNext(): void {
    this.#collecting = { since: undefined };
  }

  /** Before an update: whether it is put off for a moment because there is more to attach than was planned. */
  collect(more: boolean, now: number): boolean {
    const since = this.#collecting?.since ?? now;
    const goesOn = more && now - since < collectMs;
    this.#collecting = goesOn ? { since } : undefined;
    return goesOn;
  }

  /** Whether the machines can use the identity, as far as MIC knows. */
  isUsable(identity: string): boolean {
    return this.#usable.has(identity);
  }

  /**
   * Whether the identity is there by an operation that failed, so that nobody knows whether the machines have it, and
   * was not applied anew since.
   */
  isDoubtful(identity: string): boolean {
    return !this.#busy && !this.#usable.has(identity) && isLive(this.#seen?.identities, identity);
  }

  /**
   * Takes what Azure says. While an operation of somebody else is under way, of an earlier process of ours above all,
   * and after one that failed, only what was usable before is known to be so.
   */
  observe(identities: ResourceIdentities, now: number): void {
    this.#updatingSince = identities.updating ? (this.#updatingSince ?? now) : undefined;
    this.#busy = now - (this.#updatingSince ?? Number.NEGATIVE_INFINITY) <= longestOperationMs;
    if (!identities.failed) this.#reapplied.clear();
    // What is not there is nobody's: if it comes, it may be by somebody else.
    if (!this.#busy)
      for (const key of this.#ours) if (!identities.userAssigned.has(key)) this.#ours.delete(key);
    const known = this.#busy || identities.failed;
    const live = [...identities.userAssigned.keys()].filter((key) => isLive(identities, key));
    this.#usable = new Set(live.filter((key) => !known || this.#usable.has(key) || this.#reapplied.has(key)));
    this.#seen = { identities, at: now };
  }

  /** An update of this process is finished, and this is what the resource has by it. */
  finished(identities: ResourceIdentities, now: number): void {
    this.observe({ ...identities, updating: false, failed: false }, now);
  }

  /** What was to be done met no conflict: those before do not count any more. */
  unconflicted(): void {
    this.#conflicts = undefined;
  }

  /**
   * An update met another operation, or another version of the resource.
   *
   * @param version - whether it was the version
   * @returns whether that is to be waited for, rather than told
   */
  conflicted(now: number, version: boolean): boolean {
    const { since = now, versions = 0 } = this.#conflicts ?? {};
    this.#conflicts = { since, versions: version ? versions + 1 : 0 };
    this.#seen = undefined;
    this.#pausedUntil = now + conflictPauseMs;
    return now - since <= longestOperationMs;
  }

  /** What was seen counts no more: something may have taken effect since. */
  forget(): void {
    this.#seen = undefined;
  }

  /** The resource is not there. */
  gone(): void {
    this.#seen = undefined;
    this.#usable = none;
  }

  /** MIC attached the identity, or is about to: remembered here too, for an object that tells it can be torn out. */
  claim(identity: string): void {
    this.#ours.add(identity);
  }

  /** Whether this process knows that MIC attached the identity that is there. */
  isOurs(identity: string): boolean {
    return this.#ours.has(identity);
  }

  /** These are applied anew; whatever comes of that, not twice. */
  reapply(identities: Iterable<string>): void {
    for (const identity of identities) this.#reapplied.add(identity);
  }
}

/** Whether the identity is there, and not in name only. */
export function isLive(identities: ResourceIdentities | undefined, identity: string): boolean {
  return identities?.userAssigned.get(identity)?.stale === false;
}
