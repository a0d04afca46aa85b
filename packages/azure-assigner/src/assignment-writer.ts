/**
 * Writing assignments: which object, with which name and annotations, and what is told about it.
 *
 * @module
 */
import {
  ATTACHED_BY_ANNOTATION,
  ATTACHED_BY_MIC,
  COMPUTE_RESOURCE_ANNOTATION,
  UNASSIGNED_SINCE_ANNOTATION,
  formatComputeResource,
  objectKey,
  type AssignedIdentityInput,
  type AzureAssignedIdentity,
  type Clock,
  type ComputeResource,
} from '@aad-pod-identity/core';
import { isKubernetesError } from '@aad-pod-identity/kubernetes';
import {
  assignmentKey,
  assignmentName,
  assignmentNamespace,
  keyOfAssigned,
  notedResource,
  tupleOf,
  type AssignmentIndex,
  type AssignmentProgress,
  type AssignmentTuple,
  type AttachFailure,
  type AttachedBy,
  type CreateAssignment,
  type Grant,
  type MatchPolicy,
  type UpdateAssignment,
} from '@aad-pod-identity/matcher';
import {
  annotationsOf,
  isFor,
  leavesSomethingBehind,
  objectOf,
  tupleOfGrant,
  type Placement,
} from './assignment-object.js';
import type { AssignmentConditions } from './assignment-conditions.js';
import type { AssignedIdentityChange, Cluster } from './cluster.js';

/** The objects as MIC knows them; what it writes is in there before the watch tells. */
export interface AssignedIdentities {
  get(key: string): AzureAssignedIdentity | undefined;
  /** Takes what a write returned. */
  wrote(assigned: AzureAssignedIdentity): void;
  /** Takes that the object is deleted. */
  removed(assigned: AzureAssignedIdentity): void;
}

/** Options of an {@link AssignmentWriter}. */
export interface AssignmentWriterOptions {
  readonly cluster: Cluster;
  readonly index: AssignmentIndex;
  readonly assigned: AssignedIdentities;
  readonly policy: MatchPolicy;
  readonly clock: Clock;
  /** What the objects say about themselves; omitted: nothing. */
  readonly conditions?: AssignmentConditions;
}

/** Writes one assignment at a time. Methods reject with what the {@link Cluster} rejects with. */
export class AssignmentWriter {
  readonly #cluster: Cluster;
  readonly #index: AssignmentIndex;
  readonly #assigned: AssignedIdentities;
  readonly #policy: MatchPolicy;
  readonly #clock: Clock;
  readonly #conditions: AssignmentConditions | undefined;

  constructor(options: AssignmentWriterOptions) {
    this.#cluster = options.cluster;
    this.#index = options.index;
    this.#assigned = options.assigned;
    this.#policy = options.policy;
    this.#clock = options.clock;
    this.#conditions = options.conditions;
  }

  /**
   * Writes the object of a grant: `Created`, or `Assigned` at once where there is nothing to attach.
   *
   * An object whose identity has still to come off elsewhere is not rewritten, for that would be forgotten: it turns
   * `Unassigned` and stays until then, and a new one with a name of its own takes its place.
   */
  async write(
    change: CreateAssignment | UpdateAssignment,
    placement?: Placement,
  ): Promise<AzureAssignedIdentity> {
    const { grant } = change;
    if (change.action === 'create') return this.#create(grant, placement);
    const current = this.#latest(change.current);
    const nodeResource = this.#index.resourceOfNode(current.spec.nodeName);
    if (leavesSomethingBehind(current, nodeResource, grant, placement)) {
      await this.unassign(current);
      return this.#create(grant, placement);
    }
    const { namespace, name, resourceVersion } = current;
    const conditions = this.#conditions?.of(progressOf(placement), current.conditions);
    const input = objectOf(grant, { namespace, name }, placement, conditions);
    const annotations = { ...annotationsOf(current.annotations, 'others'), ...input.annotations };
    return this.#keep(await this.#cluster.replace({ ...input, annotations, resourceVersion }), conditions);
  }

  /**
   * The identity is where it belongs: NMI may serve it. Nothing is written where the object says so already, or
   * was meanwhile rewritten for another node or identity, or turned `Unassigned`: that is not this caller's any more.
   *
   * @returns whether it was written
   */
  async assign(assigned: AzureAssignedIdentity, resource?: ComputeResource): Promise<boolean> {
    const latest = this.#latest(assigned);
    if (latest.status === 'Assigned' || !isFor(latest, assigned)) return false;
    if (latest.status === 'Unassigned' && assigned.status !== 'Unassigned') return false;
    const noted = latest.annotations[COMPUTE_RESOURCE_ANNOTATION];
    const annotations = {
      ...(latest.annotations[UNASSIGNED_SINCE_ANNOTATION] === undefined
        ? {}
        : { [UNASSIGNED_SINCE_ANNOTATION]: undefined }),
      ...(resource === undefined || noted !== undefined
        ? {}
        : { [COMPUTE_RESOURCE_ANNOTATION]: formatComputeResource(resource) }),
    };
    await this.#update(latest, { status: 'Assigned', annotations }, { kind: 'assigned' });
    return true;
  }

  /**
   * The identity is not where it was: NMI is not to serve it until it is attached again. Who attached it at first stays
   * noted; an object without a note counts as attached by MIC, which one in `Created` would not.
   */
  async reopen(assigned: AzureAssignedIdentity, resource: ComputeResource): Promise<void> {
    const latest = this.#latest(assigned);
    if (latest.status === 'Created') return;
    const noted = latest.annotations[ATTACHED_BY_ANNOTATION] ?? ATTACHED_BY_MIC;
    const annotations = { [ATTACHED_BY_ANNOTATION]: noted };
    await this.#update(latest, { status: 'Created', annotations }, { kind: 'attaching', resource });
  }

  /** Notes who attached the identity, before MIC attaches it: a restart must not take it for someone else's. */
  async settle(assigned: AzureAssignedIdentity, attachedBy: Exclude<AttachedBy, 'unknown'>): Promise<void> {
    const latest = this.#latest(assigned);
    const annotations = { [ATTACHED_BY_ANNOTATION]: attachedBy };
    await this.#update(latest, { status: latest.status ?? 'Created', annotations });
  }

  /** Says on an object that waits why it does, unless it says so. A write that fails does no harm. */
  async report(
    assigned: AzureAssignedIdentity,
    resource: ComputeResource,
    failure: AttachFailure,
  ): Promise<void> {
    const latest = this.#latest(assigned);
    const conditions = this.#conditions?.ofFailure(latest, resource, failure);
    const { status } = latest;
    if (conditions === undefined || status === undefined) return;
    try {
      this.#keep(await this.#cluster.update(latest, { status, conditions }), conditions);
    } catch (error) {
      if (isKubernetesError(error, 'not-leading', 'aborted')) throw error;
    }
  }

  /**
   * Writes an object that somebody deleted, though it is wanted, once more under another name. The old one can go then,
   * and what it remembers stays.
   */
  async rescue(assigned: AzureAssignedIdentity): Promise<void> {
    const { namespace, spec, annotations, status = 'Assigned' } = this.#latest(assigned);
    const own = annotationsOf(annotations, 'mic');
    const conditions = status === 'Assigned' ? this.#conditions?.of({ kind: 'assigned' }) : undefined;
    await this.#createNamed(tupleOf(assigned), namespace, (name) => ({
      namespace,
      name,
      spec,
      annotations: own,
      status,
      ...(conditions === undefined ? {} : { statusConditions: conditions }),
    }));
  }

  /** NMI is to deny from now on; the grace period begins. Nothing is written where that was done before. */
  async unassign(assigned: AzureAssignedIdentity): Promise<void> {
    const latest = this.#latest(assigned);
    if (latest.status === 'Unassigned') return;
    const since = new Date(this.#clock.now()).toISOString();
    const resource = this.#index.resourceOfNode(latest.spec.nodeName);
    const annotations = {
      [UNASSIGNED_SINCE_ANNOTATION]: since,
      // The node may be gone by the time the identity is to be taken off.
      ...(resource === undefined || notedResource(latest) !== undefined
        ? {}
        : { [COMPUTE_RESOURCE_ANNOTATION]: formatComputeResource(resource) }),
    };
    await this.#update(latest, { status: 'Unassigned', annotations }, { kind: 'unassigned' });
  }

  /** Nothing is left to be done for the object. @returns false where it was gone already */
  async remove(assigned: AzureAssignedIdentity): Promise<boolean> {
    const latest = this.#latest(assigned);
    const removed = await this.#cluster.remove(latest);
    this.#assigned.removed(latest);
    return removed;
  }

  async #create(grant: Grant, placement: Placement | undefined): Promise<AzureAssignedIdentity> {
    const namespace = assignmentNamespace(grant.identity, this.#policy);
    const conditions = this.#conditions?.of(progressOf(placement));
    return this.#createNamed(tupleOfGrant(grant), namespace, (name) =>
      objectOf(grant, { namespace, name }, placement, conditions),
    );
  }

  async #createNamed(
    tuple: AssignmentTuple,
    namespace: string,
    input: (name: string) => AssignedIdentityInput,
  ): Promise<AzureAssignedIdentity> {
    const refused = new Set<string>();
    for (;;) {
      const name = this.#freeName(tuple, namespace, refused);
      try {
        const wanted = input(name);
        return this.#keep(await this.#cluster.create(wanted), wanted.statusConditions);
      } catch (error) {
        if (!isKubernetesError(error, 'already-exists') || refused.size >= mostNames) throw error;
        // An object that the watch has not told of yet, or that cannot be decoded.
        const found = await this.#find(namespace, name);
        if (found !== undefined && keyOfAssigned(found) === assignmentKey(tuple)) {
          this.#keep(found);
          throw error;
        }
        refused.add(name);
      }
    }
  }

  /** `undefined` for an object that is gone again, or cannot be decoded. */
  async #find(namespace: string, name: string): Promise<AzureAssignedIdentity | undefined> {
    try {
      return await this.#cluster.find(namespace, name);
    } catch (error) {
      if (isKubernetesError(error, 'bad-response')) return undefined;
      throw error;
    }
  }

  #freeName(tuple: AssignmentTuple, namespace: string, refused: ReadonlySet<string>): string {
    const key = assignmentKey(tuple);
    const own = new Set(this.#index.assigned.of(key).map(objectKey));
    return assignmentName(tuple, (name) => {
      const object = { namespace, name };
      return refused.has(name) || own.has(objectKey(object)) || this.#index.assigned.isTaken(object, key);
    });
  }

  #latest(assigned: AzureAssignedIdentity): AzureAssignedIdentity {
    const known = this.#assigned.get(objectKey(assigned));
    return known?.uid === assigned.uid ? known : assigned;
  }

  async #update(
    latest: AzureAssignedIdentity,
    change: AssignedIdentityChange,
    progress?: AssignmentProgress,
  ): Promise<void> {
    const conditions = progress === undefined ? undefined : this.#conditions?.of(progress, latest.conditions);
    const whole = conditions === undefined ? change : { ...change, conditions };
    try {
      this.#keep(await this.#cluster.update(latest, whole), conditions);
    } catch (error) {
      // The answer to an earlier write can come after the watch has told of the deletion, and nothing tells of it again.
      if (isKubernetesError(error, 'not-found')) this.#assigned.removed(latest);
      throw error;
    }
  }

  /** @param conditions - what was sent of them */
  #keep(assigned: AzureAssignedIdentity, conditions?: readonly unknown[]): AzureAssignedIdentity {
    this.#conditions?.wrote(assigned, conditions);
    this.#assigned.wrote(assigned);
    return assigned;
  }
}

/** How far an assignment is that is written now. */
function progressOf(placement: Placement | undefined): AssignmentProgress {
  return placement === undefined ? { kind: 'assigned' } : { kind: 'attaching', resource: placement.resource };
}

const mostNames = 5;
