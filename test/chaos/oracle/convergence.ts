import type { KubernetesObject } from '@aad-pod-identity/simulator';
import { placeOfAssigned, type Assigned } from './assigned.js';
import type { Attachments } from './attachments.js';
import { field, nameOf, text, type Grant } from './desired.js';
import { short, type Scene } from './scene.js';
import { computePlaces, placeId } from '../world/places.js';

/** Whether the cluster is as docs/spec.md section 4 wants it, once nobody does anything any more. */
export class Convergence {
  readonly #scene: Scene;
  readonly #attachments: Attachments;

  constructor(scene: Scene, attachments: Attachments) {
    this.#scene = scene;
    this.#attachments = attachments;
  }

  /** What is not as it should be, the first thing found; `undefined` where everything is. */
  unsettled(): string | undefined {
    const grants = this.#scene.grants();
    const places = this.#scene.places();
    const byTuple = new Map<string, Assigned[]>();
    for (const assigned of this.#scene.assigned()) {
      const others = byTuple.get(assigned.tuple);
      if (others === undefined) byTuple.set(assigned.tuple, [assigned]);
      else others.push(assigned);
    }
    for (const [tuple, objects] of byTuple) {
      if (!grants.has(tuple))
        return `${tuple} is assigned by ${objects[0]?.key ?? ''}, but there is no grant`;
      if (objects.length > 1) return `${tuple} is assigned by ${objects.map(({ key }) => key).join(' and ')}`;
    }
    for (const grant of grants.values()) {
      const problem = this.#unsettledGrant(grant, byTuple.get(grant.tuple)?.[0]);
      if (problem !== undefined) return problem;
    }
    return this.#unsettledPlaces([...grants.values()], [...byTuple.values()].flat(), places);
  }

  /** Whether a grant is of an identity that cannot be attached, or on a VM that is not there. */
  hasHopeless(): boolean {
    return [...this.#scene.grants().values()].some((grant) => !this.#canBeAttached(grant));
  }

  #canBeAttached({ azureId, place }: Grant): boolean {
    if (azureId === undefined) return true;
    if (place === undefined) return false;
    const resource = this.#scene.world.azure.compute.get(place);
    if (resource === undefined) return false;
    const isStale = this.#attachments.isStale(place, azureId);
    // What is there in name only has to come off first, which a protected one never does.
    if (isStale && this.#scene.isProtected(azureId)) return false;
    // After an operation that failed Azure does not say what the machines can use: it has to be attached again.
    const isKnown = resource.provisioningState !== 'Failed';
    const isThere = this.#attachments.on(place).has(azureId) && !isStale && isKnown;
    return isThere || this.#scene.isAttachable(azureId);
  }

  #unsettledGrant(grant: Grant, assigned: Assigned | undefined): string | undefined {
    const { tuple, azureId, place } = grant;
    // On a node that is not known, or not Azure's, nothing can be attached: both ways are right.
    if (azureId !== undefined && place === undefined) return undefined;
    if (assigned === undefined) return `${tuple} is granted, but not assigned`;
    if (assigned.deleting) return `${assigned.key} is being deleted, but ${tuple} is granted`;
    const difference = differenceOf(assigned.object, grant);
    if (difference !== undefined) return `${assigned.key} has another ${difference} than the grant`;
    if (!assigned.hasFinalizer) return `${assigned.key} has no finalizer`;
    if (!this.#canBeAttached(grant)) return undefined;
    if (assigned.status !== 'Assigned') return `${assigned.key} is "${assigned.status}", not Assigned`;
    if (azureId === undefined || place === undefined) return undefined;
    if (!this.#attachments.on(place).has(azureId)) return `${short(azureId)} is not on ${short(place)}`;
    if (this.#attachments.isStale(place, azureId) && !this.#scene.isProtected(azureId))
      return `${short(azureId)} is on ${short(place)} in name only`;
    return this.#attachments.unusableForMs(place, azureId) > 0
      ? `${short(azureId)} is not usable yet`
      : undefined;
  }

  #unsettledPlaces(
    grants: readonly Grant[],
    objects: readonly Assigned[],
    places: ReadonlyMap<string, string>,
  ): string | undefined {
    const known = new Set(places.values());
    for (const id of computePlaces.map(placeId)) {
      const place = id.toLowerCase();
      // A VM without a node is not touched.
      if (place.includes('/virtualmachines/') && !known.has(place)) continue;
      for (const azureId of this.#attachments.on(place)) {
        if (this.#attachments.owner(place, azureId) !== 'mic' || this.#scene.isProtected(azureId)) continue;
        const needed =
          grants.some((grant) => grant.place === place && grant.azureId === azureId) ||
          objects.some((one) => one.azureId === azureId && placeOfAssigned(one, places) === place);
        if (!needed) return `${short(azureId)} is left over on ${short(place)}`;
      }
    }
    return undefined;
  }
}

function differenceOf(object: KubernetesObject, { node, binding, identity }: Grant): string | undefined {
  const bindingRef = field(field(object, 'spec'), 'azureBindingRef') as KubernetesObject;
  const identityRef = field(field(object, 'spec'), 'azureIdentityRef') as KubernetesObject;
  if (text(object, 'spec', 'nodename') !== node) return 'node';
  if (object.metadata.labels?.['nodename'] !== node) return 'label';
  if (nameOf(bindingRef) !== nameOf(binding)) return 'binding';
  for (const name of ['selector', 'azureIdentity'])
    if (text(bindingRef, 'spec', name) !== text(binding, 'spec', name)) return `binding's ${name}`;
  if (nameOf(identityRef) !== nameOf(identity)) return 'identity';
  for (const name of ['type', 'resourceID', 'clientID', 'tenantID'])
    if (plain(identityRef, name) !== plain(identity, name)) return `identity's ${name}`;
  return undefined;
}

function plain(identity: KubernetesObject, name: string): string {
  const value = field(field(identity, 'spec'), name) ?? (name === 'type' ? 0 : '');
  return typeof value === 'string' ? value.toLowerCase() : JSON.stringify(value);
}
