/**
 * Identities that Azure rejects on one compute resource: left out for a while, tried again, for longer each time.
 *
 * @module
 */
import { doublingDelay } from '@aad-pod-identity/kubernetes';

interface Sentence {
  readonly until: number;
  readonly failures: number;
  readonly named: boolean;
  readonly why: string;
  /** It was left out since {@link Quarantine.nextInMs} was last asked. */
  heldBack: boolean;
}

/** An identity that failed and has not succeeded since. */
export interface HeldIdentity {
  readonly identity: string;
  /** Azure's words. */
  readonly why: string;
  /** When it is tried again; in the past while it is. */
  readonly until: number;
}

/** Options of a {@link Quarantine}. */
export interface QuarantineOptions {
  /** First time out, in milliseconds; doubles with each further failure. @default 30000 */
  readonly firstMs?: number;
  /** The longest time out, in milliseconds. @default 600000 */
  readonly longestMs?: number;
}

/** Who is in quarantine. Times are of `clock.monotonic()`; identities are keys (resource IDs in lower case). */
export class Quarantine {
  readonly #sentences = new Map<string, Sentence>();
  readonly #firstMs: number;
  readonly #longestMs: number;

  constructor({ firstMs = 30_000, longestMs = 600_000 }: QuarantineOptions = {}) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }

  /** All that have failed and not succeeded since, also those whose time is over. */
  *held(): IterableIterator<HeldIdentity> {
    for (const [identity, { why, until }] of this.#sentences) yield { identity, why, until };
  }

  /**
   * Puts an identity in.
   *
   * @param named - whether Azure named it
   * @param why - Azure's words
   * @returns for how many milliseconds
   */
  add(identity: string, now: number, named: boolean, why: string): number {
    const failures = (this.#sentences.get(identity)?.failures ?? 0) + 1;
    const ms = doublingDelay(failures, { baseMs: this.#firstMs, maxMs: this.#longestMs });
    this.#sentences.set(identity, { until: now + ms, failures, named, why, heldBack: false });
    return ms;
  }

  /** Whether the identity is to be left out now. */
  holds(identity: string, now: number): boolean {
    const sentence = this.#sentences.get(identity);
    if (sentence === undefined || sentence.until <= now) return false;
    sentence.heldBack = true;
    return true;
  }

  /** Whether the identity failed before and did not succeed since, and whether Azure named it then. */
  historyOf(identity: string): 'none' | 'named' | 'unnamed' {
    const sentence = this.#sentences.get(identity);
    return sentence === undefined ? 'none' : sentence.named ? 'named' : 'unnamed';
  }

  /** The identity works, or is to be tried anew. */
  release(identity: string): void {
    this.#sentences.delete(identity);
  }

  /** Forgets all identities but `wanted`. */
  retain(wanted: ReadonlySet<string>): void {
    for (const identity of this.#sentences.keys())
      if (!wanted.has(identity)) this.#sentences.delete(identity);
  }

  /**
   * Milliseconds until the next of them is to be tried again, if any is held now, or was left out by the run that asks:
   * its time may have come meanwhile.
   */
  nextInMs(now: number): number | undefined {
    let next: number | undefined;
    for (const sentence of this.#sentences.values()) {
      const { until, heldBack } = sentence;
      sentence.heldBack = false;
      if (until > now || heldBack)
        next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.max(0, until - now));
    }
    return next;
  }
}
