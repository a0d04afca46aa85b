import {
  ATTACHED_BY_ANNOTATION,
  ATTACHED_BY_OTHERS,
  compareKeys,
  COMPUTE_RESOURCE_ANNOTATION,
  objectKey,
  parseIdentityResourceId,
  type AzureAssignedIdentity,
  type IdentityResourceId,
} from '@aad-pod-identity/core';
import type { AssignmentChange } from './assignment-change.js';
import type { Hold, PlacedChange, ResourcePlacement } from './assignment-uses.js';
import type { ProtectedIdentities } from './protected-identities.js';
import type { AttachedBy, Attachment, Detachment, Kept, ResourcePlan } from './resource-plan.js';

/** Who uses one identity on one resource, in a form that takes and gives back one assignment at a time. */
class IdentityUsage {
  users = 0;
  readonly leaving = new Map<string, AzureAssignedIdentity>();
  #heldForMic = 0;
  #heldForOthers = 0;
  #unsettled = 0;

  isEmpty(): boolean {
    return this.users === 0 && this.#heldForMic === 0 && this.#heldForOthers === 0 && this.#unsettled === 0;
  }

  count(assigned: AzureAssignedIdentity, by: 1 | -1): void {
    const attachedBy = attachedByOf(assigned);
    if (attachedBy === 'others') this.#heldForOthers += by;
    else if (attachedBy === 'mic') this.#heldForMic += by;
    else this.#unsettled += by;
  }

  attachedBy(): AttachedBy {
    if (this.#heldForOthers > 0) return 'others';
    return this.#heldForMic > 0 ? 'mic' : 'unknown';
  }
}

/** An object that MIC is still working on says nothing yet; one without any note of ours counts as attached by MIC. */
export function attachedByOf(assigned: AzureAssignedIdentity): AttachedBy {
  const noted = assigned.annotations[ATTACHED_BY_ANNOTATION];
  if (noted !== undefined) return noted === ATTACHED_BY_OTHERS ? 'others' : 'mic';
  const inWork =
    assigned.status === 'Created' && assigned.annotations[COMPUTE_RESOURCE_ANNOTATION] !== undefined;
  return inWork ? 'unknown' : 'mic';
}

/** What all assignments together mean for one compute resource. */
export class ResourceUsage {
  readonly #placement: ResourcePlacement;
  readonly #identities = new Map<string, IdentityUsage>();
  /** All changes of each assignment that has one here: those elsewhere are left out in the plan. */
  readonly #changes = new Set<readonly PlacedChange[]>();

  constructor(placement: ResourcePlacement) {
    this.#placement = placement;
  }

  isEmpty(): boolean {
    return this.#identities.size === 0 && this.#changes.size === 0;
  }

  addUser(identityKey: string): void {
    this.#usage(identityKey).users += 1;
  }

  dropUser(identityKey: string): void {
    const usage = this.#usage(identityKey);
    usage.users -= 1;
    this.#dropIfEmpty(identityKey, usage);
  }

  hold(hold: Hold): void {
    const usage = this.#usage(hold.identityKey);
    usage.count(hold.assigned, 1);
    if (hold.leaving) usage.leaving.set(objectKey(hold.assigned), hold.assigned);
  }

  release(hold: Hold): void {
    const usage = this.#usage(hold.identityKey);
    usage.count(hold.assigned, -1);
    if (hold.leaving) usage.leaving.delete(objectKey(hold.assigned));
    this.#dropIfEmpty(hold.identityKey, usage);
  }

  addChanges(ofAssignment: readonly PlacedChange[]): void {
    this.#changes.add(ofAssignment);
  }

  dropChanges(ofAssignment: readonly PlacedChange[]): void {
    this.#changes.delete(ofAssignment);
  }

  /** Costs what is on the resource: identities, and assignments that change; not those that stay. */
  plan(nodes: Iterable<string>, protectedIdentities: ProtectedIdentities): ResourcePlan {
    const changes = this.#changesHere();
    const pending = pendingByIdentity(changes);
    const attach: Attachment[] = [];
    const detach: Detachment[] = [];
    const keep: Kept[] = [];
    for (const key of [...this.#identities.keys()].sort()) {
      const usage = this.#usage(key);
      const identity = identityOf(key);
      const waiting = pending.get(key);
      const leaving = [...usage.leaving.values()].sort(compareKeys);
      if (waiting !== undefined) {
        attach.push({ identity, attachedBy: usage.attachedBy(), changes: waiting, leaving });
        continue;
      }
      const why = whyKept(key, usage, leaving, protectedIdentities);
      if (why === undefined) detach.push({ identity, leaving });
      else keep.push({ identity, why, users: usage.users, leaving });
    }
    const { key, resource } = this.#placement;
    return { key, resource, nodes: [...nodes].sort(), attach, detach, keep, changes };
  }

  #changesHere(): AssignmentChange[] {
    const here: AssignmentChange[] = [];
    for (const ofAssignment of this.#changes) {
      for (const { change, placement } of ofAssignment) {
        if (placement.kind === 'resource' && placement.key === this.#placement.key) here.push(change);
      }
    }
    return here;
  }

  #usage(identityKey: string): IdentityUsage {
    let usage = this.#identities.get(identityKey);
    if (usage === undefined) {
      usage = new IdentityUsage();
      this.#identities.set(identityKey, usage);
    }
    return usage;
  }

  #dropIfEmpty(identityKey: string, usage: IdentityUsage): void {
    if (usage.isEmpty()) this.#identities.delete(identityKey);
  }
}

/** The created, updated and retried assignments of each identity, in the order of the changes. */
function pendingByIdentity(
  changes: readonly AssignmentChange[],
): ReadonlyMap<string, readonly AssignmentChange[]> {
  const pending = new Map<string, AssignmentChange[]>();
  for (const change of changes) {
    if (change.action === 'delete') continue;
    const key = change.grant.identity.resource?.key ?? '';
    const others = pending.get(key);
    if (others === undefined) pending.set(key, [change]);
    else others.push(change);
  }
  return pending;
}

/** Why an identity for which no change waits is left as it is; undefined when it comes off. */
function whyKept(
  identityKey: string,
  usage: IdentityUsage,
  leaving: readonly AzureAssignedIdentity[],
  protectedIdentities: ProtectedIdentities,
): Kept['why'] | undefined {
  if (usage.users > 0) return 'in-use';
  const clientIds = leaving.map((assigned) => assigned.spec.azureIdentityRef.spec.clientID);
  const protection = protectedIdentities.of(identityKey, clientIds);
  // Before an object tells that MIC attaches an identity, MIC does not.
  return protection ?? (usage.attachedBy() === 'mic' ? undefined : 'attached-by-others');
}

/** The key is a resource ID itself, in lower case; so the same identity always reads the same in a plan. */
function identityOf(key: string): IdentityResourceId {
  const identity = parseIdentityResourceId(key);
  if (identity === undefined) throw new Error(`not a key of an identity: ${key}`);
  return identity;
}
