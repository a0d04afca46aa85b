/**
 * Contending for the lease, and working while it is held.
 *
 * @module
 */
import { aborted } from '@aad-pod-identity/core';
import { LeaderElector, type LeaderState, type LeaderTerm } from '@aad-pod-identity/kubernetes';
import { match } from 'ts-pattern';
import type { Controller } from './controller.js';
import { leaseSettings } from './lease-settings.js';
import { beginTerm, type MicTermOptions } from './mic-term.js';
import { messageOf } from './reconcile-failure.js';

/** Leads, loses and contends again until it is stopped. Never exits on a lost lease. */
export class Leadership {
  readonly #context: MicTermOptions;
  #controller: Controller | undefined;
  #state: LeaderState = { kind: 'idle' };
  #watchProblem = '';

  constructor(context: MicTermOptions) {
    this.#context = context;
  }

  /** The work of the term; `undefined` while this instance does not work. */
  get controller(): Controller | undefined {
    return this.#controller;
  }

  /** Empty where it leads, or waits in good order. */
  waitingFor(): readonly string[] {
    return this.#state.kind === 'idle' || this.#state.kind === 'retrying'
      ? [describeLeader(this.#state)]
      : [];
  }

  /** Runs until `stop` aborts and the work of the last term has ended. */
  async run(stop: AbortSignal): Promise<void> {
    const { options, log } = this.#context;
    const elector = new LeaderElector({
      ...leaseSettings(this.#context),
      identity: options.instance,
      lead: (term) => this.#lead(term),
      onWorkError: (error) => log.error(`internal error: ${messageOf(error)}`),
      onState: (state) => this.#become(state),
      onRenewError: (error) => log.warn(`the lease could not be renewed: ${error.message}`),
      onWatchError: (error) => this.#watchFailed(error.message),
    });
    await elector.run(stop);
  }

  async #lead(term: LeaderTerm): Promise<void> {
    const { watch, metrics, log } = this.#context;
    const over = Promise.race([aborted(term.leading), aborted(term.stopping)]);
    // Whoever led before has written until its lease ended, and acted on what this instance may not have heard of.
    await Promise.race([watch.relist(), over]);
    if (term.leading.aborted || term.stopping.aborted) return;
    metrics.becameLeader();
    const running = beginTerm(term, this.#context);
    this.#controller = running.controller;
    log.info({ term: term.number }, 'the lists are in; working');
    await over;
    this.#controller = undefined;
    if (!term.leading.aborted) {
      log.info('stopping: what is under way may end');
      await running.windUp();
    }
    await running.end((term.leading.reason ?? term.stopping.reason) as Error);
  }

  #watchFailed(message: string): void {
    if (message === this.#watchProblem) return;
    this.#watchProblem = message;
    this.#context.log.warn(`the lease cannot be watched, taking over may take longer: ${message}`);
  }

  #become(state: LeaderState): void {
    const { log } = this.#context;
    const before = describeLeader(this.#state);
    this.#state = state;
    const line = describeLeader(state);
    if (line === before || state.kind === 'stopped') return;
    if (state.kind === 'leading' || state.kind === 'waiting') log.info(line);
    else log.warn(line);
  }
}

/** Where an instance stands, in one line. */
export function describeLeader(state: LeaderState): string {
  return match(state)
    .with({ kind: 'idle' }, () => 'not contending for the lease yet')
    .with({ kind: 'waiting' }, ({ holder }) => `${holder || 'another instance'} leads; waiting`)
    .with(
      { kind: 'blocked' },
      ({ holder }) =>
        `the original MIC (${holder}) holds its Endpoints lock: not leading beside it; scale it down`,
    )
    .with(
      { kind: 'retrying' },
      ({ error }) => `the lease cannot be read or written: ${error.message}; retrying`,
    )
    .with({ kind: 'leading' }, () => 'this instance leads')
    .with({ kind: 'lost' }, ({ reason }) => `this instance leads no more: ${reason.message}`)
    .with({ kind: 'stopped' }, () => 'stopped')
    .exhaustive();
}
