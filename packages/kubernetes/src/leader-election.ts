/**
 * Leader election on a Lease, as client-go does it, for programs that must not exit when they lose it.
 *
 * @module
 */
import { sleep, type Clock } from '@aad-pod-identity/core';
import type { Connection } from './connection.js';
import { EndpointsLock } from './endpoints-lock.js';
import { followAbort } from './follow-abort.js';
import { isKubernetesError, KubernetesError, toKubernetesError } from './kubernetes-error.js';
import { LeaseLock } from './lease-lock.js';
import { RunningTerm, type LeaderTerm } from './leader-term.js';

/** Where a {@link LeaderElector} stands. */
export type LeaderState =
  | { readonly kind: 'idle' }
  /** Another instance holds the lease. */
  | { readonly kind: 'waiting'; readonly holder: string }
  /** The Endpoints lock, which the original MIC uses, is held by `holder` and fresh: nobody may lead beside it. */
  | { readonly kind: 'blocked'; readonly holder: string }
  /** The lease could not be read or written; tried again in `retryInMs`. */
  | { readonly kind: 'retrying'; readonly error: KubernetesError; readonly retryInMs: number }
  | { readonly kind: 'leading'; readonly term: LeaderTerm }
  /** The term is over, its work is asked to end; contending begins again when it has. */
  | { readonly kind: 'lost'; readonly reason: KubernetesError }
  | { readonly kind: 'stopped' };

/** Options of a {@link LeaderElector}. */
export interface LeaderElectorOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  /** Where the Lease is. */
  readonly namespace: string;
  /** @default 'aad-pod-identity-mic' */
  readonly name?: string;
  /** Who this is: unique among the instances, such as the pod's name. One that finds it in the lease takes that at once. */
  readonly identity: string;
  /** How long others wait after the last renewal before they take over, in milliseconds. @default 15000 */
  readonly leaseDurationMs?: number;
  /** The term ends this long after the last renewal that succeeded. @default two thirds of `leaseDurationMs` */
  readonly renewDeadlineMs?: number;
  /** Between two renewals, and between two attempts to take. @default two fifteenths of `leaseDurationMs` */
  readonly retryPeriodMs?: number;
  /** How long the work may go on writing after a stop, in milliseconds; the lease is renewed meanwhile. @default 0 */
  readonly windUpMs?: number;
  /**
   * Whether to respect the lock of the original MIC: an Endpoints object of the same namespace and name with the
   * annotation `control-plane.alpha.kubernetes.io/leader`. @default true
   */
  readonly respectEndpointsLock?: boolean;
  /**
   * The work of a term. Called when a term begins; it should end when `term.leading` aborts, and soon after
   * `term.stopping` does. The next term begins, and the lease is released on stop, only after it has ended. What it
   * rejects with goes to `onWorkError`, and the lease is released, so that another instance may try.
   */
  readonly lead: (term: LeaderTerm) => Promise<void>;
  readonly onWorkError: (error: unknown) => void;
  /** Called at each change of state. */
  readonly onState?: (state: LeaderState) => void;
  /** Called when a renewal failed; the term goes on until its end is reached. */
  readonly onRenewError?: (error: KubernetesError) => void;
  /** Called when another's lease cannot be watched: it is looked at once in a retry period instead. */
  readonly onWatchError?: (error: KubernetesError) => void;
}

/**
 * Contends for a lease, leads, loses, and contends again until stopped.
 *
 * Time is the local monotonic clock throughout: a holder counts as gone when its record has not changed for the lease
 * duration since it was *seen* to change, so that neither wrong nor jumping wall clocks matter.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #lock: LeaseLock;
  readonly #endpointsLock: EndpointsLock | undefined;
  readonly #retryPeriodMs: number;
  #state: LeaderState = { kind: 'idle' };
  #terms = 0;

  constructor(options: LeaderElectorOptions) {
    const {
      connection,
      clock,
      namespace,
      identity,
      name = 'aad-pod-identity-mic',
      leaseDurationMs = 15_000,
    } = options;
    const renewDeadlineMs = options.renewDeadlineMs ?? (leaseDurationMs * 2) / 3;
    if (!(renewDeadlineMs < leaseDurationMs)) {
      throw new KubernetesError(
        'configuration',
        'the renew deadline must be shorter than the lease duration',
      );
    }
    this.#options = options;
    this.#retryPeriodMs = options.retryPeriodMs ?? (leaseDurationMs * 2) / 15;
    this.#lock = new LeaseLock({
      connection,
      clock,
      namespace,
      name,
      identity,
      leaseDurationMs,
      renewDeadlineMs,
    });
    this.#endpointsLock =
      options.respectEndpointsLock === false
        ? undefined
        : new EndpointsLock({ connection, clock, namespace, name, leaseDurationMs });
  }

  get state(): LeaderState {
    return this.#state;
  }

  /**
   * Runs until `signal` aborts; then has the work wound up, ends the term, and releases the lease. To be called once.
   * Never rejects.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#sleep(await this.#contend(signal), signal);
    }
    this.#become({ kind: 'stopped' });
  }

  /** One attempt to take the lease, and the term that follows where it succeeds. Returns how long to wait then. */
  async #contend(signal: AbortSignal): Promise<number> {
    const waitMs = this.#jittered();
    try {
      const other = await this.#endpointsLock?.heldBy(signal);
      if (other !== undefined) {
        this.#become({ kind: 'blocked', holder: other.holder });
        return Math.min(waitMs, other.freshForMs);
      }
      const outcome = await this.#lock.acquire(signal);
      if (outcome.kind === 'held') {
        this.#become({ kind: 'waiting', holder: outcome.holder });
        return await this.#untilFree(outcome.freshForMs, signal);
      }
      await this.#lead(new RunningTerm(++this.#terms, this.#options.clock, outcome.validUntil), signal);
    } catch (error) {
      // Somebody else was quicker to write: look again who that is.
      if (isKubernetesError(error, 'conflict', 'already-exists')) return waitMs / 10;
      if (!signal.aborted)
        this.#become({ kind: 'retrying', error: toKubernetesError(error), retryInMs: waitMs });
    }
    return waitMs;
  }

  /** Waits while another holds the lease. Returns how long to wait then. */
  async #untilFree(freshForMs: number, signal: AbortSignal): Promise<number> {
    try {
      if (await this.#lock.untilFree(signal)) return 0;
    } catch (error) {
      if (!signal.aborted) this.#options.onWatchError?.(toKubernetesError(error));
    }
    return Math.min(this.#jittered(), freshForMs);
  }

  /** So that many who began together do not stay together. */
  #jittered(): number {
    return this.#retryPeriodMs * (1 + this.#options.random() / 5);
  }

  async #lead(term: RunningTerm, signal: AbortSignal): Promise<void> {
    const unfollow = followAbort(signal, () => term.stop(this.#options.windUpMs ?? 0));
    this.#become({ kind: 'leading', term });
    const work = this.#work(term);
    const watching = this.#watchEndpointsLock(term);
    const lost = await this.#renewUntilOver(term);
    unfollow();
    if (!signal.aborted) this.#become({ kind: 'lost', reason: term.leading.reason as KubernetesError });
    await Promise.all([work, watching]);
    const held = !lost && this.#options.clock.monotonic() < term.validUntil();
    if (held) await this.#lock.release().catch(() => undefined);
  }

  /** Never rejects. The term ends with its work. */
  async #work(term: RunningTerm): Promise<void> {
    try {
      await this.#options.lead(term);
    } catch (error) {
      if (!term.leading.aborted) this.#options.onWorkError(error);
    }
    term.end(new KubernetesError('not-leading', 'the work of this term has ended'));
  }

  /** Renews until the term is over. Returns whether the lease is another's by then. */
  async #renewUntilOver(term: RunningTerm): Promise<boolean> {
    while (await this.#sleep(this.#retryPeriodMs, term.leading)) {
      try {
        const outcome = await this.#lock.renew(term.leading);
        if (outcome.kind === 'held') {
          term.end(new KubernetesError('not-leading', `the lease was taken by ${outcome.holder}`));
          return true;
        }
        term.extend(outcome.validUntil);
      } catch (error) {
        if (!term.leading.aborted) this.#options.onRenewError?.(toKubernetesError(error));
      }
    }
    return false;
  }

  /** The original MIC does not know the lease: it may start beside us at any time. */
  async #watchEndpointsLock(term: RunningTerm): Promise<void> {
    while (this.#endpointsLock !== undefined && (await this.#sleep(this.#retryPeriodMs, term.leading))) {
      // Where it cannot be read just now nothing is concluded; a lock that is held shows at the next look.
      const other = await this.#endpointsLock.heldBy(term.leading).catch(() => undefined);
      if (other === undefined) continue;
      term.end(
        new KubernetesError('not-leading', `${other.holder} holds the Endpoints lock of the original MIC`),
      );
    }
  }

  /** Whether the time has passed without `signal` aborting. */
  async #sleep(ms: number, signal: AbortSignal): Promise<boolean> {
    return sleep(this.#options.clock, ms, signal).then(
      () => true,
      () => false,
    );
  }

  #become(state: LeaderState): void {
    const old = this.#state;
    const holder = 'holder' in state ? state.holder : undefined;
    if (holder !== undefined && old.kind === state.kind && 'holder' in old && old.holder === holder) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}
