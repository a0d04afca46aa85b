import { placeOfAssigned } from './assigned.js';
import type { Attachments } from './attachments.js';
import { short, type Scene } from './scene.js';

/** docs/spec.md section 5. */
const reconcileMs = 180_000;
/** Finding a leader, reading, waiting for a turn, a PATCH and its operation. */
const slackMs = 150_000;

/** What must hold of the state of the cluster and of Azure at any time. */
export class StateRules {
  readonly #scene: Scene;
  readonly #attachments: Attachments;
  /** Since when an object says `Assigned` of what is not there. */
  readonly #missingSince = new Map<string, number>();
  /** Since when an object has no finalizer, though its identity is attached. */
  readonly #bareSince = new Map<string, number>();

  constructor(scene: Scene, attachments: Attachments) {
    this.#scene = scene;
    this.#attachments = attachments;
  }

  look(): void {
    const places = this.#scene.places();
    const now = this.#scene.now();
    const missing = new Set<string>();
    const bare = new Set<string>();
    for (const assigned of this.#scene.assigned()) {
      const { azureId, key, status, hasFinalizer, deleting } = assigned;
      const place = placeOfAssigned(assigned, places);
      if (azureId === undefined || place === undefined) continue;
      const attached = this.#attachments.on(place).has(azureId);
      if (attached && !hasFinalizer && !deleting) {
        bare.add(key);
        if (!this.#bareSince.has(key)) this.#bareSince.set(key, now);
        const since = Math.max(this.#bareSince.get(key) ?? now, this.#scene.disturbedAt);
        if (now - since > reconcileMs)
          this.#scene.report(
            'the finalizer is on',
            `${key} has none, and ${short(azureId)} is on ${short(place)}`,
          );
      }
      // A VM without a node is not touched: it is gone, or going.
      const isWorkedOn = !place.includes('/virtualmachines/') || [...places.values()].includes(place);
      const exists = isWorkedOn && this.#scene.world.azure.compute.get(place) !== undefined;
      if (status === 'Assigned' && !deleting && !attached && exists && this.#scene.isAttachable(azureId)) {
        missing.add(key);
        if (!this.#missingSince.has(key)) this.#missingSince.set(key, now);
        const since = Math.max(this.#missingSince.get(key) ?? now, this.#scene.disturbedAt);
        if (now - since > reconcileMs + slackMs)
          this.#scene.report(
            'Assigned means attached',
            `${key} says Assigned, but ${short(azureId)} is not on ${short(place)} for ${now - since} ms`,
          );
      }
    }
    for (const key of this.#bareSince.keys()) if (!bare.has(key)) this.#bareSince.delete(key);
    for (const key of this.#missingSince.keys()) if (!missing.has(key)) this.#missingSince.delete(key);
  }
}
