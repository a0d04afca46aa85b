/**
 * Faults of IMDS, Entra and the API server, one after the other, with pauses between them.
 *
 * @module
 */
import type { FaultAction, FaultTarget, Simulator } from '@aad-pod-identity/simulator';
import type { SeededRandom } from '../seeded-random.js';

const actions: readonly FaultAction[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, retryAfterSeconds: 2 },
  { kind: 'status', status: 429, retryAfterSeconds: 5 },
  { kind: 'status', status: 200, body: 'no JSON' },
  { kind: 'status', status: 200, body: { access_token: '', expires_on: 'never' } },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 410 },
  { kind: 'reset' },
  { kind: 'latency', ms: 2_500 },
  // Longer than NMI waits for IMDS.
  { kind: 'latency', ms: 12_000 },
];
/** A failure is remembered for up to 30 s, and an exchange takes up to 15 s. */
const aftermathMs = 50_000;

/** Makes faults, and knows when there were any. */
export class UpstreamFaults {
  readonly #simulator: Simulator;
  readonly #random: SeededRandom;
  #nextAt: number;
  #endsAt: number | undefined;
  #lastAt = -Infinity;
  #watchesLaggedUntil = -Infinity;
  readonly #shortest: number;
  /** How many there were. */
  count = 0;

  /** @param shortestPauseMs - between two faults; the longest is four times as long */
  constructor(simulator: Simulator, random: SeededRandom, shortestPauseMs: number) {
    this.#simulator = simulator;
    this.#random = random;
    this.#shortest = shortestPauseMs;
    this.#nextAt = performance.now() + shortestPauseMs;
  }

  /** Whether a request that ended now and began at `from` may have met one, or its aftermath. */
  mayHaveHit(from: number): boolean {
    return this.#endsAt !== undefined || this.#lastAt + aftermathMs > from;
  }

  /** How old may be what NMI knows of the cluster, beyond the usual, for a request that began at `from`. */
  extraLagMs(from: number): number {
    return from < this.#watchesLaggedUntil ? 10_000 : 0;
  }

  /** To be called often. */
  step(): void {
    const now = performance.now();
    if (this.#endsAt !== undefined) {
      this.#lastAt = now;
      if (now < this.#endsAt) return;
      this.end();
      this.#nextAt = now + this.#shortest * (1 + this.#random.below(300) / 100);
    } else if (now >= this.#nextAt) {
      this.#begin(now);
    }
  }

  /** Ends the one that is. */
  end(): void {
    this.#simulator.faults.clear();
    this.#endsAt = undefined;
  }

  #begin(now: number): void {
    this.count++;
    this.#endsAt = now + 1_000 + this.#random.below(12_000);
    this.#lastAt = now;
    const { faults, kubernetes } = this.#simulator;
    if (this.#random.percent(20)) {
      // Watches break; what came meanwhile comes later, or by a list.
      this.#watchesLaggedUntil = now + 20_000;
      kubernetes.dropWatches(() => this.#random.percent(60), this.#random.percent(40));
      if (this.#random.percent(50))
        faults.add({ target: 'kubernetes', action: { kind: 'status', status: 500 }, times: 2 });
      return;
    }
    const targets: readonly FaultTarget[] = this.#random.percent(70) ? ['imds'] : ['imds', 'entra'];
    for (const target of targets) faults.add({ target, action: this.#random.pick(actions) });
  }
}
