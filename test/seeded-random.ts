/** Chance that can be repeated: the same seeds, the same choices. */
export class SeededRandom {
  #state: number;

  /** @param seeds - whole numbers; each combination has a sequence of its own */
  constructor(...seeds: readonly number[]) {
    this.#state = 0x9e3779b9;
    for (const seed of seeds) {
      this.#state ^= seed | 0;
      this.#state = (this.below(0x1_0000_0000) ^ Math.floor(seed / 0x1_0000_0000)) | 0;
    }
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    // mulberry32, in the public domain.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * limit);
  }

  /** True in `percent` of a hundred cases. */
  percent(percent: number): boolean {
    return this.below(1_000) < percent * 10;
  }

  /** One of them. */
  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('there is nothing to pick from');
    return choice;
  }
}
