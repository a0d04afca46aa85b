/**
 * Keeps the redirection in place for as long as NMI runs.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { CheckPace, type PaceBounds } from './check-pace.js';
import type { RunCommand } from './command.js';
import { Iptables, type IptablesBackend } from './iptables.js';
import { familyOf, installInput, ruleDefect, type NatListing, type Redirection } from './nat-rules.js';
import type { RuleChange } from './rule-events.js';
import type { RuleWatch, RuleWatchOptions } from './rule-watch.js';

/** What an {@link Interceptor} tells as it happens. */
export type InterceptionEvent =
  /**
   * The rules were found right for the first time, or put in place: then `defect` is what was wrong before, and `by` the
   * program that changed something, if the kernel told.
   */
  | { readonly kind: 'in-place'; readonly defect?: string; readonly by?: string }
  /** The rules could not be read or put in place; it is tried again. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** Changes are not heard as they happen; the rules are looked at more often meanwhile. */
  | { readonly kind: 'unheard'; readonly reason: string };

/** Options of an {@link Interceptor}. */
export interface InterceptorOptions {
  readonly clock: Clock;
  readonly run: RunCommand;
  readonly backend: IptablesBackend;
  readonly redirection: Redirection;
  /** `--ipt-update-interval-sec`, in milliseconds. */
  readonly intervalMs: number;
  /** Hears of changes; absent where the backend tells of none. */
  readonly watch?: (options: Pick<RuleWatchOptions, 'family' | 'onChange' | 'onLost'>) => RuleWatch;
  readonly onEvent: (event: InterceptionEvent) => void;
}

/** How often the rules are looked at where changes are not heard. */
export const pollMs = 2_000;
const retryMs = 2_000;
const changePace: PaceBounds = { burst: 20, eachMs: 500 };
/** How often it is tried at once again where another program changed the rules between our looking and our writing. */
const races = 3;

/** Checks the rules at once, with each change of them, and periodically, and repairs them. */
export class Interceptor {
  readonly #options: InterceptorOptions;
  readonly #iptables: Iptables;
  readonly #pace = new CheckPace(changePace);
  #inPlace = false;
  #everInPlace = false;
  #failure: string | undefined;
  #watch: RuleWatch | undefined;
  #cancelTimer: (() => void) | undefined;
  /** When the timer is due. */
  #dueAt = Infinity;
  #changedBy: string | undefined;
  /** A change came while a check was running, which may not have seen it. */
  #changedMeanwhile = false;
  #checking = false;
  #stopped = false;
  #working: Promise<void> = Promise.resolve();

  constructor(options: InterceptorOptions) {
    this.#options = options;
    this.#iptables = new Iptables(options.backend, familyOf(options.redirection.metadataIp), options.run);
  }

  /** Whether the rules were right when last looked at. */
  get inPlace(): boolean {
    return this.#inPlace;
  }

  /** Why the rules could not be looked at or put in place when it was last tried. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Begins; resolves after the first check, whether or not it succeeded. */
  async start(): Promise<void> {
    this.#watch = this.#options.watch?.({
      family: this.#iptables.family,
      onChange: (change) => this.#onChange(change),
      onLost: (reason) => {
        this.#options.onEvent({ kind: 'unheard', reason });
        this.#onChange({});
      },
    });
    await this.#check();
  }

  /** Ends the checks, and waits for one that runs. The rules stay. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watch?.stop();
    this.#cancelTimer?.();
    await this.#working;
  }

  #onChange({ by }: RuleChange): void {
    if (this.#stopped) return;
    this.#changedBy = by;
    if (this.#checking) this.#changedMeanwhile = true;
    else this.#checkSoon();
  }

  #checkSoon(): void {
    const { clock } = this.#options;
    this.#checkIn(this.#pace.delay(clock.monotonic()), () => this.#pace.spend(clock.monotonic()));
  }

  /** Sets the timer, unless it is due earlier already. */
  #checkIn(delayMs: number, begin: () => void = () => undefined): void {
    const { clock } = this.#options;
    const dueAt = clock.monotonic() + delayMs;
    if (this.#stopped || dueAt >= this.#dueAt) return;
    this.#cancelTimer?.();
    this.#dueAt = dueAt;
    this.#cancelTimer = clock.after(delayMs, () => {
      begin();
      void this.#check();
    });
  }

  #check(): Promise<void> {
    this.#dueAt = Infinity;
    this.#checking = true;
    this.#changedMeanwhile = false;
    const by = this.#changedBy;
    this.#changedBy = undefined;
    this.#working = this.#ensure(by).then((ok) => {
      this.#checking = false;
      const { intervalMs } = this.#options;
      const heard = this.#watch?.live === true;
      this.#checkIn(ok ? (heard ? intervalMs : Math.min(pollMs, intervalMs)) : Math.min(retryMs, intervalMs));
      if (this.#changedMeanwhile) this.#checkSoon();
    });
    return this.#working;
  }

  async #ensure(by: string | undefined): Promise<boolean> {
    const { redirection, onEvent } = this.#options;
    try {
      let listing = await this.#iptables.list();
      const defect = ruleDefect(listing, redirection);
      if (defect !== undefined) {
        this.#inPlace = false;
        for (let attempt = 1; !(await this.#install(listing, attempt === races)); attempt++) {
          listing = await this.#iptables.list();
        }
      }
      this.#inPlace = true;
      this.#failure = undefined;
      if (defect !== undefined) onEvent({ kind: 'in-place', defect, ...(by === undefined ? {} : { by }) });
      else if (!this.#everInPlace) onEvent({ kind: 'in-place' });
      this.#everInPlace = true;
      return true;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.#inPlace = false;
      this.#failure = error.message;
      onEvent({ kind: 'failed', error });
      return false;
    }
  }

  /** @returns false where the input no longer fits the rules, which changed meanwhile */
  async #install(listing: NatListing, last: boolean): Promise<boolean> {
    const input = installInput(listing, this.#options.redirection);
    try {
      await this.#iptables.restore(input);
      return true;
    } catch (error) {
      const now = last ? undefined : await this.#iptables.list();
      if (now === undefined || installInput(now, this.#options.redirection) === input) throw error;
      return false;
    }
  }
}
