/**
 * Time as a parameter. Everything that waits or compares times takes a {@link Clock}, so that tests and the
 * fault simulation run on virtual time ({@link VirtualClock}) and only programs touch the real one.
 *
 * @module
 */

/** The part of an `AbortSignal` that this package needs; the platform's own signals fit. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** A source of time and timers. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. It may jump: use it for what others will read. */
  now(): number;
  /** Milliseconds since an arbitrary point; never jumps. Use it to measure and to wait. */
  monotonic(): number;
  /** Calls `callback` once, `ms` milliseconds from now. The returned function cancels it; calling that twice is fine. */
  after(ms: number, callback: () => void): () => void;
}

/**
 * Resolves after `ms` milliseconds of `clock`, or rejects with the signal's reason as soon as `signal` aborts.
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignalLike): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      cancel();
      const reason = signal?.reason;
      reject(reason instanceof Error ? reason : new Error('aborted', { cause: reason }));
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', fail);
      resolve();
    });
    if (signal?.aborted === true) fail();
    else signal?.addEventListener('abort', fail);
  });
}

/** Resolves once `signal` aborts, at once where it has already. */
export function aborted(signal: AbortSignalLike): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}

/**
 * Waits for `work`, but no longer than `ms` milliseconds of `clock`, nor than until `signal` aborts.
 *
 * @returns whether the work ended by then; it goes on where it did not
 * @throws what `work` rejects with by then
 */
export function within(
  clock: Clock,
  ms: number,
  work: Promise<unknown>,
  signal?: AbortSignalLike,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', giveUp);
    };
    const giveUp = (): void => {
      end();
      resolve(false);
    };
    const cancel = clock.after(ms, giveUp);
    if (signal?.aborted === true) giveUp();
    else signal?.addEventListener('abort', giveUp);
    work.then(
      () => {
        end();
        resolve(true);
      },
      (error: unknown) => {
        end();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
