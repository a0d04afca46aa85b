import type { KubernetesRequest } from '@aad-pod-identity/kubernetes';
import type { KubernetesObject } from '@aad-pod-identity/simulator';
import type { Target } from '../world/api-server.js';
import type { WiredProcess } from '../world/wired-process.js';
import { assignedResource, finalizer, placeOfAssigned, readAssigned, type Assigned } from './assigned.js';
import type { Attachments } from './attachments.js';
import { field, text } from './desired.js';
import { short, type Scene } from './scene.js';

/** What MIC writes besides: events, the lease, and the conditions of its own kinds. */
const writable = new Set(['events', 'leases.coordination.k8s.io']);
const withConditions = /^azureidentit(ies|ybindings)\.aadpodidentity\.k8s\.io$/;
/** docs/spec.md section 5: how often what Azure has is compared with what is assigned. */
const reconcileMs = 180_000;
/** Reading, waiting for a turn, a PATCH and its operation. */
const slackMs = 120_000;

/** What MIC writes to AzureAssignedIdentities. */
export class AssignmentRules {
  readonly #scene: Scene;
  readonly #attachments: Attachments;
  readonly #edited = new Set<string>();

  constructor(scene: Scene, attachments: Attachments) {
    this.#scene = scene;
    this.#attachments = attachments;
  }

  /** Somebody's hand is on it: what it says is not MIC's word any more. */
  edited(object: KubernetesObject): void {
    this.#edited.add(object.metadata.uid ?? '');
    const assigned = readAssigned(object);
    const places = this.#scene.places();
    const { azureId } = assigned;
    const place = placeOfAssigned(assigned, places);
    if (azureId !== undefined && place !== undefined) this.#attachments.blur(place, azureId);
  }

  /** Nobody can tell whose that is, either, what such an object stands for later. */
  look(): void {
    if (this.#edited.size === 0) return;
    const places = this.#scene.places();
    for (const assigned of this.#scene.assigned()) {
      const { azureId } = assigned;
      const place = placeOfAssigned(assigned, places);
      if (
        azureId !== undefined &&
        place !== undefined &&
        this.#edited.has(assigned.object.metadata.uid ?? '')
      )
        this.#attachments.blur(place, azureId);
    }
  }

  sent(process: WiredProcess, { method }: KubernetesRequest, { resource, subresource }: Target): void {
    if (method === 'GET' || writable.has(resource) || resource === assignedResource) return;
    if (withConditions.test(resource) && subresource === 'status') return;
    this.#report('MIC writes nothing else', `${process.name} sends ${method} of ${resource}`);
  }

  /** The API server has accepted a write. */
  written(
    process: WiredProcess,
    { method, body }: KubernetesRequest,
    { resource }: Target,
    before: KubernetesObject | undefined,
  ): void {
    if (resource !== assignedResource) return;
    if (method === 'POST' || method === 'PUT') this.#wholeObject(process, body as KubernetesObject, before);
    if (before === undefined) return;
    const old = readAssigned(before);
    if (method === 'PATCH' && text(body, 'status', 'status') === 'Assigned') this.#assigned(process, old);
    const left = field(field(body, 'metadata'), 'finalizers');
    const released =
      (method === 'PATCH' && Array.isArray(left) && !left.includes(finalizer)) || method === 'DELETE';
    if (released && old.hasFinalizer && method === 'PATCH') this.#released(process, old);
  }

  #wholeObject(process: WiredProcess, object: KubernetesObject, before: KubernetesObject | undefined): void {
    const written = readAssigned(object);
    const what = `${process.name} writes ${written.key}`;
    if (!written.hasFinalizer) this.#report('the finalizer is on', `${what} without it`);
    if (object.metadata.labels?.['nodename'] !== written.node)
      this.#report('NMI finds it by its node', `${what} with another label than node`);
    if (before !== undefined && readAssigned(before).tuple !== written.tuple)
      this.#report(
        'an assignment never takes the place of another',
        `${what}, which is of ${readAssigned(before).tuple}`,
      );
  }

  #assigned(process: WiredProcess, assigned: Assigned): void {
    const { azureId, key } = assigned;
    const place = placeOfAssigned(assigned, this.#scene.places());
    if (azureId === undefined || place === undefined) return;
    const ms = this.#attachments.unusableForMs(place, azureId);
    if (ms > reconcileMs + slackMs)
      this.#report(
        'Assigned means attached',
        `${process.name} sets ${key}, but ${short(azureId)} is not usable on ${short(place)} for ${ms} ms`,
      );
  }

  /** What nobody remembers any more must not stay attached. */
  #released(process: WiredProcess, assigned: Assigned): void {
    const { azureId, key, object, attachedBy } = assigned;
    const places = this.#scene.places();
    const place = placeOfAssigned(assigned, places);
    if (azureId === undefined || place === undefined || attachedBy === 'others') return;
    if (this.#edited.has(object.metadata.uid ?? '') || this.#scene.isProtected(azureId)) return;
    // A VM without a node is not touched: it is gone, or going.
    const hasNode = [places, this.#scene.placesKnownTo(process)].every((known) =>
      [...known.values()].includes(place),
    );
    if (place.includes('/virtualmachines/') && !hasNode) return this.#attachments.blur(place, azureId);
    if (this.#attachments.owner(place, azureId) !== 'mic' || !this.#attachments.on(place).has(azureId))
      return;
    const needs = (grants: Iterable<{ place: string | undefined; azureId: string | undefined }>): boolean =>
      [...grants].some((grant) => grant.place === place && grant.azureId === azureId);
    if (needs(this.#scene.grants().values()) || needs(this.#scene.grantsKnownTo(process).values())) return;
    const others = this.#scene
      .assigned()
      .filter(
        (one) =>
          one.azureId === azureId && one.object.metadata.uid !== object.metadata.uid && one.hasFinalizer,
      );
    if (others.some((one) => placeOfAssigned(one, places) === place)) return;
    this.#report(
      'nothing leaks',
      `${process.name} lets go of ${key} while ${short(azureId)} is on ${short(place)}`,
    );
  }

  #report(rule: string, message: string): void {
    this.#scene.report(rule, message);
  }
}
