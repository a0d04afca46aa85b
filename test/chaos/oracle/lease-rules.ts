import type { KubernetesRequest } from '@aad-pod-identity/kubernetes';
import type { KubernetesObject } from '@aad-pod-identity/simulator';
import type { WiredProcess } from '../world/wired-process.js';
import { text } from './desired.js';
import type { Scene } from './scene.js';

const leaseName = { namespace: 'default', name: 'aad-pod-identity-mic' };
const leases = 'leases.coordination.k8s.io';
/** docs/mic.md: another takes over this long after the last renewal. */
const durationMs = 15_000;
/** docs/mic.md: a leader that cannot renew stops writing this long after its last renewal. */
const writesUntilMs = (durationMs * 2) / 3;

/** Nobody writes who does not lead; nobody takes what another still holds. */
export class LeaseRules {
  readonly #scene: Scene;
  readonly #sentAt = new WeakMap<KubernetesRequest, number>();
  /** When the last renewal that was accepted had been sent, by holder. */
  readonly #renewedAt = new Map<string, number>();
  /** Who has heard that another holds the lease. */
  readonly #told = new Set<string>();
  readonly #onTaken: (process: WiredProcess) => void;
  #takenAwayAt = Number.NEGATIVE_INFINITY;

  /** @param onTaken - called when a process takes the lease that another had, or nobody */
  constructor(scene: Scene, onTaken: (process: WiredProcess) => void) {
    this.#scene = scene;
    this.#onTaken = onTaken;
  }

  /** Somebody who does not take part has taken or deleted the lease: its holder cannot know that yet. */
  takenAway(): void {
    this.#takenAwayAt = this.#scene.now();
  }

  heard(process: WiredProcess, lease: KubernetesObject): void {
    if (text(lease, 'spec', 'holderIdentity') === process.name) this.#told.delete(process.name);
    else this.#told.add(process.name);
  }

  sent(request: KubernetesRequest): void {
    this.#sentAt.set(request, this.#scene.now());
  }

  /** A process asks for a change of anything but the lease. */
  writes(process: WiredProcess, what: string): void {
    const now = this.#scene.now();
    const lease = this.#scene.world.api.objects.find(leases, leaseName);
    const holder = text(lease, 'spec', 'holderIdentity');
    if (holder !== process.name) {
      if (now - this.#takenAwayAt <= writesUntilMs && !this.#told.has(process.name)) return;
      this.#scene.report(
        'no write without the lease',
        `${process.name} sends ${what}, but "${holder}" leads`,
      );
      return;
    }
    const age = now - (this.#renewedAt.get(holder) ?? Number.NEGATIVE_INFINITY);
    if (age <= writesUntilMs) return;
    this.#scene.report(
      'no write without the lease',
      `${process.name} sends ${what} ${age} ms after its last renewal`,
    );
  }

  /** The API server has accepted a write of the lease. */
  written(process: WiredProcess, request: KubernetesRequest, before: KubernetesObject | undefined): void {
    const sentAt = this.#sentAt.get(request) ?? this.#scene.now();
    const holder = text(request.body, 'spec', 'holderIdentity');
    const previous = text(before, 'spec', 'holderIdentity');
    if (holder !== process.name) {
      this.#renewedAt.delete(process.name);
      return;
    }
    const age = this.#scene.now() - (this.#renewedAt.get(previous) ?? Number.NEGATIVE_INFINITY);
    if (
      previous !== '' &&
      previous !== process.name &&
      age < durationMs &&
      this.#takenAwayAt < this.#scene.now() - age
    )
      this.#scene.report(
        'no lease taken from who holds it',
        `${process.name} takes it ${age} ms after ${previous} renewed`,
      );
    if (previous !== process.name) this.#onTaken(process);
    this.#renewedAt.set(process.name, sentAt);
    this.#told.delete(process.name);
  }
}
