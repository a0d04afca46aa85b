import type { ResourceIdentities } from '@aad-pod-identity/matcher';
import { Quarantine } from './quarantine.js';

/** An operation that takes longer than this is not waited for. */
const longestOperationMs = 600_000;

/**
 * What MIC remembers of one compute resource. Lost with the process, and then read again. Times are of
 * `clock.monotonic()`.
 */
export class ResourceState {
  readonly quarantine: Quarantine = new Quarantine();
  #known: { readonly identities: ResourceIdentities; readonly at: number } | undefined;
  #updatingSince: number | undefined;

  /** What Azure said last that the resource has, usable, and when. */
  get known(): { readonly identities: ResourceIdentities; readonly at: number } | undefined {
    return this.#known;
  }

  /**
   * Takes what Azure says. While an operation of somebody else is under way, of an earlier process of ours above all,
   * an identity that is there cannot be used yet.
   */
  observe(identities: ResourceIdentities, now: number): void {
    this.#updatingSince = identities.updating ? (this.#updatingSince ?? now) : undefined;
    const settled = now - (this.#updatingSince ?? Number.NEGATIVE_INFINITY) > longestOperationMs;
    this.#known = settled ? { identities, at: now } : undefined;
  }

  /** What is known counts no more: something may have taken effect since. */
  forget(): void {
    this.#known = undefined;
  }
}
