/** The machine's time, of which a test can let pass any amount at once as far as reading it goes. */
import type { Clock } from '@aad-pod-identity/core';

export class RealClock implements Clock {
  #skipped = 0;

  now(): number {
    return Date.now() + this.#skipped;
  }

  monotonic(): number {
    return performance.now() + this.#skipped;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  }

  /** Timers that are set do not move. */
  skip(ms: number): void {
    this.#skipped += ms;
  }
}

/** Resolves when `condition` holds; fails with `what` where it does not within ten seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
