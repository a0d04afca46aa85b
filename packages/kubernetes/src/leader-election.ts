/**
 * Leader election on a Lease, as client-go does it, for programs that must not exit when they lose it.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { Connection } from './connection.js';
import type { KubernetesError } from './kubernetes-error.js';

/** One time of leading, from taking the lease to losing or releasing it. */
export interface LeaderTerm {
  /** 1 for the first term of this process, then 2, … */
  readonly number: number;
  /** Aborts when the term is over: lost, run out, or released. Its reason is a `KubernetesError` `not-leading`. */
  readonly leading: AbortSignal;
  /**
   * Until when (on `clock.monotonic()`) the lease certainly holds. Moves with each renewal; it passes even if the
   * renewing itself is stuck.
   */
  validUntil(): number;
  /** @throws KubernetesError `not-leading` once the term is over or {@link validUntil} has passed. */
  assertLeading(): void;
}

/** Where a {@link LeaderElector} stands. */
export type LeaderState =
  | { readonly kind: 'idle' }
  /** Another instance holds the lease. */
  | { readonly kind: 'waiting'; readonly holder: string }
  /** A lock of another kind, which the original MIC uses, is held and fresh: nobody may lead beside it. */
  | { readonly kind: 'blocked'; readonly lock: 'Endpoints'; readonly holder: string }
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
  /** Who this is: unique among the instances, such as the pod's name. */
  readonly identity: string;
  /** How long others wait after the last renewal before they take over, in milliseconds. @default 15000 */
  readonly leaseDurationMs?: number;
  /** The term ends this long after the last renewal that succeeded. @default two thirds of `leaseDurationMs` */
  readonly renewDeadlineMs?: number;
  /** Between two attempts to take or renew. @default two fifteenths of `leaseDurationMs` */
  readonly retryPeriodMs?: number;
  /**
   * Whether to respect the lock of the original MIC: an Endpoints object of the same namespace and name with the
   * annotation `control-plane.alpha.kubernetes.io/leader`. @default true
   */
  readonly respectEndpointsLock?: boolean;
  /**
   * The work of a term. Called when a term begins; it should end when `term.leading` aborts. The next term begins,
   * and the lease is released on stop, only after it has ended. What it rejects with goes to `onWorkError`, and the
   * lease is released, so that another instance may try.
   */
  readonly lead: (term: LeaderTerm) => Promise<void>;
  readonly onWorkError: (error: unknown) => void;
  /** Called at each change of state. */
  readonly onState?: (state: LeaderState) => void;
}

/** Contends for a lease, leads, loses, and contends again until stopped. */
export class LeaderElector {
  constructor(options: LeaderElectorOptions) {
    void options;
  }

  get state(): LeaderState {
    throw new Error('being written');
  }

  /** Runs until `signal` aborts; then ends the term, waits for its work, and releases the lease. Never rejects. */
  run(signal: AbortSignal): Promise<void> {
    throw new Error(`being written ${String(signal.aborted)}`);
  }
}
