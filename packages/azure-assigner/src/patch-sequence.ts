/**
 * In which PATCHes identities are attached and detached, around those that Azure rejects: one of them spoils a whole
 * PATCH, so bad ones are taken out by name, or found by halving. A state machine without effects: ask it what is
 * {@link PatchSequence.next | next}, and tell it what came of it.
 *
 * @module
 */

/** Identities, by resource ID, to attach and detach together. */
export interface PatchBatch {
  readonly attach: readonly string[];
  readonly detach: readonly string[];
}

/** What earlier runs found out about identities that Azure rejects without a name. */
export interface Suspicion {
  /** Groups of which each holds a bad one. */
  readonly groups: readonly (readonly string[])[];
  /** Neither known to be good nor bad; left out until the groups are resolved. */
  readonly deferred: readonly string[];
  /** How many of those are tried at once: fewer where many are bad. */
  readonly size: number;
}

/** Nobody is suspected. */
export const noSuspicion: Suspicion = { groups: [], deferred: [], size: Number.POSITIVE_INFINITY };

/** What one run is to get done, by resource ID. Identities that are under suspicion stand in no other list. */
export interface IdentityWork {
  /** To be attached. */
  readonly attach: readonly string[];
  /** There in name only: to be taken off and attached again. */
  readonly reattach: readonly string[];
  readonly detach: readonly string[];
  /** Rejected before, by name, and to be tried once more. */
  readonly again: readonly string[];
  /** Rejected before without a name; the rejection of two of them would say nothing about either. */
  readonly alone: readonly string[];
  readonly suspicion: Suspicion;
}

/** An identity that was found to be bad. */
export interface BadIdentity {
  readonly id: string;
  /** Azure named it, rather than that it was found by elimination. */
  readonly named: boolean;
}

type Source = 'untested' | 'suspects' | 'deferred' | 'again' | 'alone';

/**
 * The order: what has never failed goes first, with everything that is to come off. After that at most one experiment
 * is made with what may be bad, so that a run ends soon and the next one, which knows what is wanted by then, goes on.
 */
export class PatchSequence {
  #untested: readonly string[];
  #reattach: readonly string[];
  #detach: readonly string[];
  #again: readonly string[];
  #alone: readonly string[];
  #groups: readonly (readonly string[])[];
  #deferred: readonly string[];
  #size: number;
  #experimented = false;

  constructor({ attach, reattach, detach, again, alone, suspicion }: IdentityWork) {
    this.#untested = attach;
    this.#reattach = reattach;
    this.#detach = [...detach, ...reattach];
    this.#again = again;
    this.#alone = alone;
    this.#groups = suspicion.groups.filter((group) => group.length > 0);
    this.#deferred = suspicion.deferred;
    this.#size = suspicion.size;
  }

  /** What is left for another run to find out. */
  get suspicion(): Suspicion {
    const resolved = this.#groups.length + this.#deferred.length === 0;
    return resolved ? noSuspicion : { groups: this.#groups, deferred: this.#deferred, size: this.#size };
  }

  /** What to send next; undefined where this run has done its part. */
  next(): PatchBatch | undefined {
    if (this.#untested.length > 0 || this.#detach.length > 0)
      return { attach: this.#untested, detach: this.#detach };
    if (this.#experimented) return undefined;
    const attach = this.#experiment();
    return attach.length === 0 ? undefined : { attach, detach: [] };
  }

  /** Azure took the batch, or it changes nothing. */
  taken({ attach, detach }: PatchBatch): void {
    const source = this.#sourceOf(attach);
    this.#experimented ||= source !== 'untested';
    if (source === 'deferred') this.#size *= 2;
    this.#drop(attach);
    const off = new Set(detach);
    this.#detach = this.#detach.filter((id) => !off.has(id));
    // Only now: an identity that is there in name is left as it is when it is attached.
    this.#untested = [...this.#untested, ...this.#reattach.filter((id) => off.has(id))];
    this.#reattach = this.#reattach.filter((id) => !off.has(id));
  }

  /**
   * Azure rejected the batch for bad identities in it.
   *
   * @param named - those of them that Azure named
   * @returns those that are known to be bad by that
   */
  rejected({ attach }: PatchBatch, named: readonly string[]): readonly BadIdentity[] {
    const source = this.#sourceOf(attach);
    if (named.length > 0) {
      // The group was put together by a rejection that is explained now.
      if (source === 'suspects') this.#dissolveGroup();
      this.#drop(named);
      return named.map((id) => ({ id, named: true }));
    }
    this.#experimented ||= source !== 'untested';
    if (source === 'suspects') this.#dissolveGroup();
    if (source === 'deferred') this.#size = Math.max(1, Math.floor(attach.length / 2));
    this.#drop(attach);
    if (attach.length === 1 || source === 'again') return attach.map((id) => ({ id, named: false }));
    this.#groups = [attach, ...this.#groups];
    return [];
  }

  /** Takes out who is bad by elimination: the only one that is left of a group. */
  exposed(): readonly BadIdentity[] {
    const exposed = this.#groups.filter((group) => group.length === 1).flat();
    this.#groups = this.#groups.filter((group) => group.length > 1);
    return exposed.map((id) => ({ id, named: false }));
  }

  /** These are to be left as they are by now. */
  withdraw(ids: readonly string[]): void {
    const out = new Set(ids);
    this.#detach = this.#detach.filter((id) => !out.has(id));
    this.#reattach = this.#reattach.filter((id) => !out.has(id));
    this.#drop(ids);
  }

  #experiment(): readonly string[] {
    const [group] = this.#groups;
    if (group !== undefined) return group.slice(0, Math.ceil(group.length / 2));
    if (this.#deferred.length > 0) return this.#deferred.slice(0, this.#size);
    return this.#again.length > 0 ? this.#again : this.#alone.slice(0, 1);
  }

  #sourceOf([first]: readonly string[]): Source {
    if (first === undefined || this.#untested.includes(first)) return 'untested';
    if (this.#groups[0]?.includes(first) === true) return 'suspects';
    if (this.#deferred.includes(first)) return 'deferred';
    return this.#again.includes(first) ? 'again' : 'alone';
  }

  /** Nothing is known of the first group any more. */
  #dissolveGroup(): void {
    const [group = [], ...others] = this.#groups;
    this.#groups = others;
    this.#deferred = [...this.#deferred, ...group];
  }

  #drop(ids: readonly string[]): void {
    const out = new Set(ids);
    const left = (list: readonly string[]): readonly string[] => list.filter((id) => !out.has(id));
    this.#untested = left(this.#untested);
    this.#deferred = left(this.#deferred);
    this.#again = left(this.#again);
    this.#alone = left(this.#alone);
    this.#groups = this.#groups.map(left).filter((group) => group.length > 0);
  }
}
