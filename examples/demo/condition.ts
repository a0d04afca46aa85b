/** How to wait for something: no longer than this, and not beyond the demo's end. */
export interface Patience {
  readonly signal: AbortSignal;
  readonly milliseconds: number;
}

/**
 * Resolves with the first answer of `check` that is not `undefined`. It is asked at once and then whenever `subscribe`'s
 * listener is called. Rejects, saying what was waited for, when the time is over; with the signal's reason when that
 * aborts.
 */
export function until<T>(
  what: string,
  check: () => T | undefined,
  subscribe: (listener: () => void) => () => void,
  { signal, milliseconds }: Patience,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let unsubscribe = (): void => undefined;
    const end = (): void => {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', abort);
    };
    const abort = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const look = (): void => {
      const found = check();
      if (found === undefined) return;
      end();
      resolve(found);
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`still waiting for ${what} after ${milliseconds / 1000} s`));
    }, milliseconds);
    unsubscribe = subscribe(look);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    else look();
  });
}
