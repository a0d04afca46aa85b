/** One step of the story, done. */
export interface Step {
  readonly name: string;
  readonly milliseconds: number;
}

/** Tells the story as it happens: each step is done and asserted before its line is printed. */
export class Story {
  readonly #tell: (line: string) => void;
  readonly #steps: Step[] = [];

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** A line that is no step. */
  say(line: string): void {
    this.#tell(line);
  }

  /**
   * Does a step.
   *
   * @param name - what is true afterwards
   * @param run - makes it true, and throws where it does not come true
   * @param details - lines to print below the name
   */
  async step<T>(
    name: string,
    run: () => Promise<T>,
    details: (result: T) => readonly string[] = () => [],
  ): Promise<T> {
    const started = performance.now();
    try {
      const result = await run();
      const milliseconds = Math.round(performance.now() - started);
      this.#steps.push({ name, milliseconds });
      this.#tell(`${String(this.#steps.length).padStart(2)}. ${name} (${milliseconds} ms)`);
      for (const line of details(result)) this.#tell(`      ${line}`);
      return result;
    } catch (error) {
      this.#tell(`FAILED: ${name}: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
  }
}
