/** What waits for a write. What comes first here is written first. */
export type Urgency =
  /** An update of Azure, which takes long, or that NMI denies. */
  | 'blocking'
  /** A pod that can be served once it is written. */
  | 'serving'
  /** Nobody. */
  | 'telling';

/** Writes in the order in which they are due. */
export interface WriteLane {
  run<T>(urgency: Urgency, work: () => Promise<T>): Promise<T>;
}

const ranks: Readonly<Record<Urgency, number>> = { blocking: 0, serving: 1, telling: 2 };

interface Waiting {
  readonly rank: number;
  readonly lane: number;
  readonly begin: () => void;
}

/**
 * Lets at most so many writes run at the same time. Those that wait begin by urgency, and among equal ones lane by lane:
 * so the first of many compute resources has what it needs early, instead of all of them late.
 */
export class WriteLanes {
  #free: number;
  #opened = 0;
  /** In the order in which they are to begin. */
  readonly #waiting: Waiting[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  /** A lane behind all that are there. */
  open(): WriteLane {
    const lane = this.#opened++;
    return { run: (urgency, work) => this.#run(ranks[urgency], lane, work) };
  }

  async #run<T>(rank: number, lane: number, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((begin) => this.#queue({ rank, lane, begin }));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next.begin();
    }
  }

  #queue(one: Waiting): void {
    const after = this.#waiting.findLastIndex(
      ({ rank, lane }) => rank < one.rank || (rank === one.rank && lane <= one.lane),
    );
    this.#waiting.splice(after + 1, 0, one);
  }
}
