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
