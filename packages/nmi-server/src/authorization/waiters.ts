/**
 * How many requests may wait at once: for each pod, so that one cannot take all places, and in all.
 *
 * @module
 */

/** Bounded places for waiting requests. */
export class Waiters {
  readonly #perPod: number;
  readonly #inAll: number;
  readonly #byPod = new Map<string, number>();
  #count = 0;

  /**
   * @param perPod - most waiting requests of one pod
   * @param inAll - most waiting requests of the node
   */
  constructor(perPod: number, inAll: number) {
    this.#perPod = perPod;
    this.#inAll = inAll;
  }

  /** How many requests wait. */
  get count(): number {
    return this.#count;
  }

  /** Whether there is a place for `pod`. */
  hasPlace(pod: string): boolean {
    return (this.#byPod.get(pod) ?? 0) < this.#perPod && this.#count < this.#inAll;
  }

  /** Takes a place for `pod`; the returned function gives it back. `undefined` where there is none. */
  enter(pod: string): (() => void) | undefined {
    if (!this.hasPlace(pod)) return undefined;
    this.#byPod.set(pod, (this.#byPod.get(pod) ?? 0) + 1);
    this.#count++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#count--;
      const remaining = (this.#byPod.get(pod) ?? 1) - 1;
      if (remaining === 0) this.#byPod.delete(pod);
      else this.#byPod.set(pod, remaining);
    };
  }
}
