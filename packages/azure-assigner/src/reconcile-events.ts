/**
 * What MIC tells people about assignments, with the original's reasons (docs/spec.md section 5).
 *
 * @module
 */
import type { AzureAssignedIdentity, ObjectMeta } from '@aad-pod-identity/core';
import type { Grant } from '@aad-pod-identity/matcher';
import type { Cluster, EventSubject } from './cluster.js';

/** Tells about assignments on the bindings and pods that they come from. */
export class ReconcileEvents {
  readonly #cluster: Pick<Cluster, 'event'>;
  readonly #onQuarantined: ((grant: Grant, why: string) => void) | undefined;

  /** @param onQuarantined - told of each {@link quarantined} too */
  constructor(cluster: Pick<Cluster, 'event'>, onQuarantined?: (grant: Grant, why: string) => void) {
    this.#cluster = cluster;
    this.#onQuarantined = onQuarantined;
  }

  /** The pod may use the identity from now on. */
  applied({ binding, identity, pod }: Grant): void {
    const message = `identity ${place(identity)} is assigned to pod ${place(pod)} on node ${pod.nodeName}`;
    this.#cluster.event(subject('AzureIdentityBinding', binding), 'Normal', 'binding applied', message);
  }

  /** The pod cannot use the identity yet. */
  applyFailed({ binding, identity, pod }: Grant, why: string): void {
    const message = `identity ${place(identity)} cannot be assigned to pod ${place(pod)} on node ${pod.nodeName}: ${why}`;
    this.#cluster.event(subject('AzureIdentityBinding', binding), 'Warning', 'binding apply error', message);
  }

  /** Azure refuses the identity; it is tried again in `retryInMs`. */
  quarantined(grant: Grant, why: string, retryInMs: number): void {
    const { identity, pod } = grant;
    this.#onQuarantined?.(grant, why);
    const again = `it is tried again in ${Math.round(retryInMs / 1000)} s`;
    this.applyFailed(grant, `Azure refuses the identity (${why}); ${again}`);
    const message = `Azure refuses identity ${place(identity)}: ${why}; ${again}`;
    for (const about of [subject('AzureIdentity', identity), subject('Pod', pod)])
      this.#cluster.event(about, 'Warning', 'identity quarantined', message);
  }

  /** The pod has the identity no longer. */
  removed(assigned: AzureAssignedIdentity): void {
    const message = removal(assigned, 'was');
    this.#cluster.event(
      subject('AzureIdentityBinding', assigned.spec.azureBindingRef),
      'Normal',
      'binding removed',
      message,
    );
  }

  /** The identity could not be taken off. */
  removeFailed(assigned: AzureAssignedIdentity, why: string): void {
    const message = `${removal(assigned, 'cannot be')}: ${why}`;
    this.#cluster.event(
      subject('AzureIdentityBinding', assigned.spec.azureBindingRef),
      'Warning',
      'binding remove error',
      message,
    );
  }

  /** The state of an assignment could not be written. */
  statusFailed(assigned: AzureAssignedIdentity, why: string): void {
    this.#cluster.event(subject('AzureAssignedIdentity', assigned), 'Warning', 'status update error', why);
  }
}

function removal({ spec }: AzureAssignedIdentity, verb: 'was' | 'cannot be'): string {
  const { azureIdentityRef, pod, podNamespace, nodeName } = spec;
  return `identity ${place(azureIdentityRef)} ${verb} removed from pod ${podNamespace}/${pod} on node ${nodeName}`;
}

function place({ namespace, name }: Pick<ObjectMeta, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function subject(kind: EventSubject['kind'], { namespace, name, uid }: ObjectMeta): EventSubject {
  return { kind, namespace, name, uid };
}
