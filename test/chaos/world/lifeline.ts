import type { Clock } from '@aad-pod-identity/core';

/** So often nothing asks what time it is while none passes. */
const mostLooks = 20_000;

/** Ends a process that works on and on without any time passing. */
export class NoTimePasses extends Error {
  override readonly name = 'NoTimePasses';
}

/**
 * Time as one process has it: with a wall clock of its own, and such that the process can stand still (stopped, or
 * starved of its CPU) and die. What reaches a process from outside has to come in through {@link deliver}.
 */
export class Lifeline implements Clock {
  readonly #clock: Clock;
  #skewMs: number;
  #frozen = false;
  #dead = false;
  readonly #waiting: (() => void)[] = [];
  readonly #onSpin: () => void;
  #lookedAt = Number.NaN;
  #looks = 0;

  /** @param onSpin - called where the process works on and on without any time passing */
  constructor(clock: Clock, skewMs: number, onSpin: () => void) {
    this.#clock = clock;
    this.#skewMs = skewMs;
    this.#onSpin = onSpin;
  }

  get dead(): boolean {
    return this.#dead;
  }

  now(): number {
    return this.#clock.now() + this.#skewMs;
  }

  /** Goes on while the process stands still, as the system's does. */
  monotonic(): number {
    const now = this.#clock.monotonic();
    if (now !== this.#lookedAt) this.#looks = 0;
    this.#lookedAt = now;
    if (++this.#looks > mostLooks && !this.#dead) {
      this.die();
      this.#onSpin();
    }
    // Ends what would never end by itself.
    if (this.#looks > mostLooks) throw new NoTimePasses();
    return now;
  }

  /** As Node's timers: whole milliseconds, at least one. */
  after(ms: number, callback: () => void): () => void {
    let live = true;
    const cancel = this.#clock.after(Math.max(1, Math.trunc(ms)), () =>
      this.deliver(() => {
        if (live) callback();
      }),
    );
    return () => {
      live = false;
      cancel();
    };
  }

  /** Does what comes from outside; later while the process stands still, never once it is dead. */
  deliver(callback: () => void): void {
    if (this.#dead) return;
    if (this.#frozen) this.#waiting.push(callback);
    else callback();
  }

  /** The wall clock jumps. */
  jump(ms: number): void {
    this.#skewMs += ms;
  }

  freeze(): void {
    this.#frozen = true;
  }

  /** Everything that came meanwhile happens now, in its order, each with what follows from it. */
  thaw(): void {
    this.#frozen = false;
    for (const callback of this.#waiting.splice(0))
      this.#clock.after(0, () => {
        if (this.#frozen) this.#waiting.push(callback);
        else this.deliver(callback);
      });
  }

  die(): void {
    this.#dead = true;
    this.#waiting.length = 0;
  }
}
