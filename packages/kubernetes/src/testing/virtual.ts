/** Virtual time that also lets the event loop turn between two timers. */
import { VirtualClock } from '@aad-pod-identity/core';

export function virtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  return new VirtualClock(start, turn);
}

/** Lets everything that can run without time passing run. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A repeatable random number generator. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
