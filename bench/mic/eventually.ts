import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves with the first answer of `check` that is not `undefined`; it is asked every few milliseconds.
 *
 * @throws Error that says what was waited for when `patienceMs` are over
 */
export async function eventually<T>(
  what: string,
  check: () => T | undefined | Promise<T | undefined>,
  { patienceMs = 1_800_000, everyMs = 20 }: { readonly patienceMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`still waiting for ${what} after ${patienceMs / 1000} s`);
    await delay(everyMs);
  }
}
