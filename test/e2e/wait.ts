import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait, and how often to look. */
export interface Waiting {
  /** @default 60000 */
  readonly withinMs?: number;
  /** @default 200 */
  readonly everyMs?: number;
}

/**
 * Resolves with the first answer of `check` that is neither `undefined` nor `false`. What `check` throws counts as "not
 * yet". Rejects when the time is over, saying what was waited for and what stood in the way at last.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMs = 60_000, everyMs = 200 }: Waiting = {},
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    let failure: unknown;
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > end) {
      const why =
        failure === undefined ? '' : `: ${failure instanceof Error ? failure.message : 'it failed'}`;
      throw new Error(`still waiting after ${withinMs / 1000} s for ${what}${why}`, { cause: failure });
    }
    await delay(everyMs);
  }
}

export { setTimeout as delay } from 'node:timers/promises';
