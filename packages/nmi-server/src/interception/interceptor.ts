/**
 * Keeps the redirection in place for as long as NMI runs.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import { Iptables, type IptablesBackend } from './iptables.js';
import type { RunCommand } from './command.js';
import {
  disarmInput,
  hasOurRules,
  installInput,
  removeInput,
  ruleDefect,
  type Redirection,
} from './nat-rules.js';

/** What an {@link Interceptor} tells as it happens. */
export type InterceptionEvent =
  /** The rules were put in place; `defect` is what was wrong before. */
  | { readonly kind: 'installed'; readonly backend: IptablesBackend; readonly defect: string }
  /** The rules could not be read or put in place; it is tried again. */
  | { readonly kind: 'failed'; readonly error: Error };

/** Options of an {@link Interceptor}. */
export interface InterceptorOptions {
  readonly clock: Clock;
  readonly run: RunCommand;
  readonly backend: IptablesBackend;
  readonly redirection: Redirection;
  /** `--ipt-update-interval-sec`, in milliseconds. */
  readonly intervalMs: number;
  readonly onEvent: (event: InterceptionEvent) => void;
}

const retryMs = 2_000;

/** Checks the rules at once and then periodically, and repairs them. */
export class Interceptor {
  readonly #options: InterceptorOptions;
  readonly #iptables: Iptables;
  #inPlace = false;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;
  #working: Promise<void> = Promise.resolve();

  constructor(options: InterceptorOptions) {
    this.#options = options;
    this.#iptables = new Iptables(options.backend, options.run);
  }

  /** Whether the rules were right when last looked at. */
  get inPlace(): boolean {
    return this.#inPlace;
  }

  /** Begins; resolves after the first check, whether or not it succeeded. */
  async start(): Promise<void> {
    await this.#check();
  }

  /** Ends the checks, waits for one that runs, and takes the rules away where `removeRules` says so. */
  async stop(removeRules: boolean): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    await this.#working;
    if (removeRules) await removeOurRules(this.#iptables);
  }

  #check(): Promise<void> {
    this.#working = this.#ensure().then((ok) => {
      if (this.#stopped) return;
      const delay = ok ? this.#options.intervalMs : Math.min(retryMs, this.#options.intervalMs);
      this.#cancelTimer = this.#options.clock.after(delay, () => void this.#check());
    });
    return this.#working;
  }

  async #ensure(): Promise<boolean> {
    const { redirection, onEvent, backend } = this.#options;
    try {
      const listing = await this.#iptables.list();
      const defect = ruleDefect(listing, redirection);
      if (defect !== undefined) {
        this.#inPlace = false;
        await this.#iptables.restore(installInput(listing, redirection));
        onEvent({ kind: 'installed', backend, defect });
      }
      this.#inPlace = true;
      return true;
    } catch (error) {
      this.#inPlace = false;
      onEvent({ kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
      return false;
    }
  }
}

/**
 * Takes our rules away, and only those.
 *
 * @returns whether there were any
 */
export async function removeOurRules(iptables: Iptables): Promise<boolean> {
  const listing = await iptables.list();
  if (!hasOurRules(listing)) return false;
  try {
    await iptables.restore(removeInput(listing));
  } catch {
    // A rule of somebody else refers to our chain, so that it cannot go: what is in it can.
    await iptables.restore(disarmInput(await iptables.list()));
  }
  return true;
}
