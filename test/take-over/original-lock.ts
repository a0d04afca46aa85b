/**
 * The leader lock of the original: a record in an annotation on an Endpoints object.
 *
 * @module
 */
import type { Simulator } from '@aad-pod-identity/simulator';

const annotation = 'control-plane.alpha.kubernetes.io/leader';
const key = { namespace: 'default', name: 'aad-pod-identity-mic' };

/** A lock that a running original holds, for 3 s instead of its 15 s after each renewal. */
export class OriginalLock {
  /** How often it has been renewed, and when last (`performance.now()`). */
  renewals = 0;
  renewedAt = 0;
  /** The annotation as it was written last. */
  written = '';
  readonly #objects: Simulator['kubernetes']['objects'];

  constructor({ kubernetes }: Pick<Simulator, 'kubernetes'>) {
    this.#objects = kubernetes.objects;
    this.#objects.create('endpoints', {
      metadata: { ...key, annotations: { [annotation]: this.#record() } },
    });
  }

  /** The annotation as it is. */
  get stored(): string | undefined {
    return this.#objects.get('endpoints', key).metadata.annotations?.[annotation];
  }

  renew(): void {
    this.renewals += 1;
    const body = { metadata: { annotations: { [annotation]: this.#record() } } };
    this.#objects.patch('endpoints', key, { type: 'application/merge-patch+json', body });
  }

  #record(): string {
    this.renewedAt = performance.now();
    this.written = JSON.stringify({
      holderIdentity: 'mic-of-the-original',
      leaseDurationSeconds: 3,
      acquireTime: '2021-01-01T00:00:00Z',
      renewTime: new Date().toISOString(),
      leaderTransitions: 4,
      renewal: this.renewals,
    });
    return this.written;
  }
}
