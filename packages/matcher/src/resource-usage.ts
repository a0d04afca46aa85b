import {
  ATTACHED_BY_ANNOTATION,
  ATTACHED_BY_OTHERS,
  compareKeys,
  compareStrings,
  COMPUTE_RESOURCE_ANNOTATION,
  objectKey,
  parseIdentityResourceId,
  type AzureAssignedIdentity,
  type ComputeResource,
  type IdentityResourceId,
} from '@aad-pod-identity/core';
import type { AssignmentChange } from './assignment-change.js';
import type { AssignmentKey } from './assignment-key.js';
import type { Hold, Want } from './assignment-uses.js';
import type { ProtectedIdentities } from './protected-identities.js';
import type { AttachedBy, Attachment, Detachment, Kept, ResourcePlan } from './resource-plan.js';

/** Who uses one identity on one resource, in a form that takes and gives back one assignment at a time. */
class IdentityUsage {
  users = 0;
  readonly pending = new Map<AssignmentKey, AssignmentChange>();
  readonly leaving = new Map<string, AzureAssignedIdentity>();
  heldForMic = 0;
  heldForOthers = 0;
  unsettled = 0;

  isEmpty(): boolean {
    return this.users === 0 && this.heldForMic === 0 && this.heldForOthers === 0 && this.unsettled === 0;
  }

  count(assigned: AzureAssignedIdentity, by: 1 | -1): void {
    const attachedBy = attachedByOf(assigned);
    if (attachedBy === 'others') this.heldForOthers += by;
    else if (attachedBy === 'mic') this.heldForMic += by;
    else this.unsettled += by;
  }

  attachedBy(): AttachedBy {
    if (this.heldForOthers > 0) return 'others';
    return this.heldForMic > 0 ? 'mic' : 'unknown';
  }
}

/** An object that MIC is still working on says nothing yet; one without any note of ours counts as attached by MIC. */
function attachedByOf(assigned: AzureAssignedIdentity): AttachedBy {
  const noted = assigned.annotations[ATTACHED_BY_ANNOTATION];
  if (noted !== undefined) return noted === ATTACHED_BY_OTHERS ? 'others' : 'mic';
  const inWork =
    assigned.status === 'Created' && assigned.annotations[COMPUTE_RESOURCE_ANNOTATION] !== undefined;
  return inWork ? 'unknown' : 'mic';
}

/** What all assignments together mean for one compute resource. */
export class ResourceUsage {
  readonly resource: ComputeResource;
  readonly #identities = new Map<string, IdentityUsage>();
  readonly #changes = new Map<AssignmentKey, AssignmentChange[]>();

  constructor(resource: ComputeResource) {
    this.resource = resource;
  }

  isEmpty(): boolean {
    return this.#identities.size === 0 && this.#changes.size === 0;
  }

  want(assignment: AssignmentKey, want: Want): void {
    const usage = this.#usage(want.identityKey);
    usage.users += 1;
    if (want.pending !== undefined) usage.pending.set(assignment, want.pending);
  }

  unwant(assignment: AssignmentKey, want: Want): void {
    const usage = this.#usage(want.identityKey);
    usage.users -= 1;
    usage.pending.delete(assignment);
    this.#dropIfEmpty(want.identityKey, usage);
  }

  hold(hold: Hold): void {
    const usage = this.#usage(hold.identity.key);
    usage.count(hold.assigned, 1);
    if (hold.leaving) usage.leaving.set(objectKey(hold.assigned), hold.assigned);
  }

  release(hold: Hold): void {
    const usage = this.#usage(hold.identity.key);
    usage.count(hold.assigned, -1);
    if (hold.leaving) usage.leaving.delete(objectKey(hold.assigned));
    this.#dropIfEmpty(hold.identity.key, usage);
  }

  addChange(assignment: AssignmentKey, change: AssignmentChange): void {
    const changes = this.#changes.get(assignment);
    if (changes === undefined) this.#changes.set(assignment, [change]);
    else changes.push(change);
  }

  dropChanges(assignment: AssignmentKey): void {
    this.#changes.delete(assignment);
  }

  /** Costs what is on the resource: identities, and assignments that change; not those that stay. */
  plan(key: string, nodes: Iterable<string>, protectedIdentities: ProtectedIdentities): ResourcePlan {
    const attach: Attachment[] = [];
    const detach: Detachment[] = [];
    const keep: Kept[] = [];
    for (const [identityKey, usage] of [...this.#identities].sort(byFirst)) {
      const identity = identityOf(identityKey);
      const { users } = usage;
      const leaving = [...usage.leaving.values()].sort(compareKeys);
      if (usage.pending.size > 0) {
        const changes = [...usage.pending].sort(byFirst).map(([, change]) => change);
        attach.push({ identity, attachedBy: usage.attachedBy(), changes });
      } else if (users > 0) {
        keep.push({ identity, why: 'in-use', users, leaving });
      } else {
        const clientIds = leaving.map((assigned) => assigned.spec.azureIdentityRef.spec.clientID);
        const why = protectedIdentities.of(identityKey, clientIds) ?? othersOf(usage);
        if (why === undefined) detach.push({ identity, leaving });
        else keep.push({ identity, why, users, leaving });
      }
    }
    const changes = [...this.#changes].sort(byFirst).flatMap(([, ofAssignment]) => ofAssignment);
    return { key, resource: this.resource, nodes: [...nodes].sort(), attach, detach, keep, changes };
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

function othersOf(usage: IdentityUsage): 'attached-by-others' | undefined {
  return usage.attachedBy() === 'others' ? 'attached-by-others' : undefined;
}

function byFirst(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return compareStrings(a[0], b[0]);
}

/** The key is a resource ID itself, in lower case; so the same identity always reads the same in a plan. */
function identityOf(key: string): IdentityResourceId {
  const identity = parseIdentityResourceId(key);
  if (identity === undefined) throw new Error(`not a key of an identity: ${key}`);
  return identity;
}
