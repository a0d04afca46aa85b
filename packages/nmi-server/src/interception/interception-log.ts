/**
 * What is said about the redirection, without saying it over and over.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Logger } from '@aad-pod-identity/program';
import { pollMs, type InterceptionEvent } from './interceptor.js';

const quietMs = 60_000;

/** Writes log lines for the events of an interceptor: the first of a kind at once, repetitions once a minute. */
export class InterceptionLog {
  readonly #log: Logger;
  readonly #clock: Clock;
  /** Such as `requests to 169.254.169.254:80 are redirected to 10.0.0.4:2579`. */
  readonly #inPlace: string;
  readonly #saidAt = new Map<string, number>();
  #everInPlace = false;
  /** Since the last line about them. */
  #repairs = 0;

  constructor(log: Logger, clock: Clock, inPlace: string) {
    this.#log = log;
    this.#clock = clock;
    this.#inPlace = inPlace;
  }

  /** Tells an operator, or keeps quiet. */
  tell(event: InterceptionEvent): void {
    switch (event.kind) {
      case 'failed':
        if (this.#mayTell(event.error.message)) {
          this.#log.error(`requests are not redirected: ${event.error.message}; trying again`);
        }
        return;
      case 'unheard':
        if (this.#mayTell(event.reason)) {
          this.#log.warn(
            `changes of the rules are not heard at once, they are looked at every ${pollMs / 1_000} s: ${event.reason}`,
          );
        }
        return;
      case 'in-place':
        this.#tellInPlace(event);
    }
  }

  #tellInPlace({ defect, by }: Extract<InterceptionEvent, { kind: 'in-place' }>): void {
    if (!this.#everInPlace) {
      this.#everInPlace = true;
      this.#log.info({ found: defect ?? 'the rules of an earlier NMI, as they must be' }, this.#inPlace);
      return;
    }
    this.#repairs++;
    if (!this.#mayTell('repairs')) return;
    const changedBy = by === undefined ? {} : { changedBy: by };
    this.#log.warn(
      { defect, ...changedBy, repairs: this.#repairs },
      `another program changed the redirection, which is in place again: ${this.#inPlace}`,
    );
    this.#repairs = 0;
  }

  #mayTell(what: string): boolean {
    const now = this.#clock.monotonic();
    if (now - (this.#saidAt.get(what) ?? -Infinity) < quietMs) return false;
    // What was said long ago need not be remembered.
    for (const [said, at] of this.#saidAt) if (now - at >= quietMs) this.#saidAt.delete(said);
    this.#saidAt.set(what, now);
    return true;
  }
}
