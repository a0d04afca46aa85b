import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait, and how often to look. */
export interface Waiting {
  /** @default 60000 */
  readonly withinMs?: number;
  /** @default 200 */
  readonly everyMs?: number;
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Resolves with the first answer of `check` that is neither `undefined` nor `false`. What `check` throws counts as "not
 * yet". Rejects when the time is over, saying what was waited for and what stood in the way at last.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMs = 60_000, everyMs = 200, signal }: Waiting = {},
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
      const why = failure instanceof Error ? `: ${failure.message}` : '';
      throw new Error(`still waiting for ${what} after ${withinMs / 1000} s${why}`, { cause: failure });
    }
    await delay(everyMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
