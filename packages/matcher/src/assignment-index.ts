import {
  computeResourceKey,
  type AzureAssignedIdentity,
  type ComputeResource,
  type Node,
  type ObjectKey,
} from '@aad-pod-identity/core';
import { AssignedIdentityIndex } from './assigned-identity-index.js';
import type { AssignmentChange } from './assignment-change.js';
import { notedResource } from './assignment-difference.js';
import type { AssignmentKey } from './assignment-key.js';
import { usesOf, type AssignmentUses, type PlacedChange } from './assignment-uses.js';
import type { ClusterEvent } from './cluster-event.js';
import { NodeTable } from './compute-group.js';
import { sameGrant, type Grant } from './grant.js';
import type { ResourceIdentities } from './identity-patch.js';
import { KeyGroups } from './key-groups.js';
import { MatchIndex } from './match-index.js';
import type { MatchPolicy } from './policy.js';
import {
  NOTHING_PROTECTED,
  ProtectedIdentities,
  type Protected,
  type Protection,
} from './protected-identities.js';
import type { ResourcePlan } from './resource-plan.js';
import { sameUses } from './same-uses.js';
import { standingAmong, type StandingAssignment } from './standing-assignment.js';
import { UsageTable } from './usage-table.js';

/** What an event changed. */
export interface AssignmentEffect {
  /** Keys (`namespace/name`) of the pods whose grants are others now. */
  readonly pods: ReadonlySet<string>;
  /** Assignments of which something else has to be done now, see {@link AssignmentIndex.changesOf}. */
  readonly assignments: ReadonlySet<AssignmentKey>;
  /** Keys (`computeResourceKey`) of the compute resources whose plan may be another now. */
  readonly resources: ReadonlySet<string>;
}

type NodeEvent =
  { readonly type: 'upsert'; readonly object: Node } | { readonly type: 'delete'; readonly key: ObjectKey };

/** The same while it is being found out. */
interface Effect extends AssignmentEffect {
  readonly pods: Set<string>;
  readonly assignments: Set<AssignmentKey>;
  readonly resources: Set<string>;
}

/** One assignment that is desired, or that an object stands for. */
interface Slot {
  grant: Grant | undefined;
  uses: AssignmentUses;
  /** Node names and VM keys that a change of nodes has to look it up by. */
  dependsOn: readonly string[];
}

const NO_CHANGES: readonly PlacedChange[] = [];
const NO_KEYS: readonly AssignmentKey[] = [];

/**
 * The incremental form of `plan`: takes one event at a time at the cost of what it changes, and answers at any time
 * what `plan` would say of all objects together. MIC holds one.
 *
 * @example
 * ```ts
 * const index = new AssignmentIndex({ mode: 'standard', forceNamespaced: false });
 * const { resources } = index.apply({ type: 'upsert', kind: 'Pod', object: pod });
 * for (const key of resources) queue.add(key);
 * // later, in the worker of that resource:
 * const plan = index.planFor(key);
 * ```
 */
export class AssignmentIndex {
  /** Matching, as far as the events go. Read it; events go to {@link apply}. */
  readonly matches: MatchIndex;
  /** The AzureAssignedIdentities, as far as the events go. Read it; events go to {@link apply}. */
  readonly assigned: AssignedIdentityIndex = new AssignedIdentityIndex();
  readonly #nodes = new NodeTable();
  readonly #slots = new Map<AssignmentKey, Slot>();
  readonly #keysByPod = new Map<string, readonly AssignmentKey[]>();
  readonly #keysByPlace = new KeyGroups();
  readonly #usage = new UsageTable();
  #protected: ProtectedIdentities;

  constructor(policy: MatchPolicy, protectedIdentities: Protected = NOTHING_PROTECTED) {
    this.matches = new MatchIndex(policy);
    this.#protected = new ProtectedIdentities(protectedIdentities);
  }

  /** Takes an event and tells what it changed. */
  apply(event: ClusterEvent): AssignmentEffect {
    const effect: Effect = { pods: new Set(), assignments: new Set(), resources: new Set() };
    switch (event.kind) {
      case 'Node':
        this.#applyNode(event, effect);
        break;
      case 'AzureAssignedIdentity': {
        const upserted =
          event.type === 'upsert' && event.kind === 'AzureAssignedIdentity' ? event.object : undefined;
        const keys =
          upserted !== undefined
            ? this.assigned.upsert(upserted)
            : event.type === 'delete'
              ? this.assigned.delete(event.key)
              : NO_KEYS;
        for (const key of keys) this.#refresh(key, this.#slots.get(key)?.grant, effect);
        break;
      }
      case 'Pod':
      case 'AzureIdentity':
      case 'AzureIdentityBinding':
      case 'AzurePodIdentityException':
        for (const pod of this.matches.apply(event)) this.#refreshPod(pod, effect);
        break;
    }
    return effect;
  }

  /**
   * Replaces what must never be taken off, as when the cloud configuration was read again.
   *
   * @returns keys of all compute resources, as any plan may be another now.
   */
  protect(protectedIdentities: Protected): ReadonlySet<string> {
    this.#protected = new ProtectedIdentities(protectedIdentities);
    return this.resources();
  }

  /** The desired assignment of that key, if there is one. */
  desired(key: AssignmentKey): Grant | undefined {
    return this.#slots.get(key)?.grant;
  }

  /** All desired assignments, in no particular order. */
  *allDesired(): IterableIterator<Grant> {
    for (const { grant } of this.#slots.values()) if (grant !== undefined) yield grant;
  }

  /** What has to be done with one assignment: nothing, one thing, or several where objects are doubled. */
  changesOf(key: AssignmentKey): readonly AssignmentChange[] {
    return this.placedChangesOf(key).map(({ change }) => change);
  }

  /** The same, each with the compute resource to whose work it belongs. */
  placedChangesOf(key: AssignmentKey): readonly PlacedChange[] {
    return this.#slots.get(key)?.uses.changes ?? NO_CHANGES;
  }

  /** Changes that belong to no compute resource, each with why; in order of the assignment's key. */
  unplacedChanges(): readonly PlacedChange[] {
    return this.#usage.unplaced();
  }

  /** Keys of the compute resources that have known nodes, or something to be done. */
  resources(): ReadonlySet<string> {
    const keys = new Set(this.#usage.keys());
    for (const { key } of this.#nodes.places()) keys.add(key);
    return keys;
  }

  /** The plan of one compute resource; undefined when neither a node nor an assignment concerns it any more. */
  planFor(resourceKey: string): ResourcePlan | undefined {
    return this.#usage.planOf(resourceKey, this.#nodes, this.#protected);
  }

  /** The assignments that stand on a compute resource for one identity. Costs a look at every assignment. */
  standing(resourceKey: string, identityKey: string): Iterable<StandingAssignment> {
    return standingAmong(this.#slots.values(), resourceKey, identityKey);
  }

  /** Why an identity is never taken off a resource, by what the resource itself says of it. */
  protectionOn(identityKey: string, identities: ResourceIdentities): Protection | 'unsure' | undefined {
    return this.#protected.ofAttached(identityKey, identities);
  }

  /** The compute resource of a node; undefined when the node is unknown or unresolved. */
  resourceOfNode(nodeName: string): ComputeResource | undefined {
    return this.#nodes.placeOf(nodeName)?.resource;
  }

  /** Names, in order, of known nodes whose providerID names neither a VM nor a scale set. */
  unresolvedNodes(): readonly string[] {
    return this.#nodes.unresolved();
  }

  #refreshPod(pod: string, effect: Effect): void {
    const grants = this.matches.grantsOfKey(pod);
    const before = this.#keysByPod.get(pod) ?? NO_KEYS;
    let changed = false;
    for (const grant of grants) changed = this.#refresh(grant.key, grant, effect) || changed;
    for (const key of before) {
      if (!grants.some((grant) => grant.key === key))
        changed = this.#refresh(key, undefined, effect) || changed;
    }
    if (changed) effect.pods.add(pod);
    if (grants.length === 0) this.#keysByPod.delete(pod);
    else if (!sameKeys(before, grants))
      this.#keysByPod.set(
        pod,
        grants.map((grant) => grant.key),
      );
  }

  /** Works out one assignment anew. @returns whether what is desired changed. */
  #refresh(key: AssignmentKey, grant: Grant | undefined, effect: Effect): boolean {
    const slot = this.#slots.get(key);
    const assigned = this.assigned.of(key);
    if (grant === undefined && assigned.length === 0) {
      if (slot === undefined) return false;
      this.#usage.remove(slot.uses, effect.resources);
      this.#setDependencies(key, slot, NO_KEYS);
      this.#slots.delete(key);
      effect.assignments.add(key);
      return slot.grant !== undefined;
    }
    const uses = usesOf(key, grant, assigned, this.#nodes);
    const current = slot ?? this.#newSlot(key, uses, effect);
    const regranted = !sameGrant(slot?.grant, grant);
    if (slot !== undefined && !sameUses(slot.uses, uses)) {
      this.#usage.remove(slot.uses, effect.resources);
      this.#usage.add(uses, effect.resources);
      effect.assignments.add(key);
      slot.uses = uses;
    } else if (slot !== undefined && uses.changes.length > 0) {
      // The same thing has to be done, but to newer versions of the objects.
      this.#usage.remove(slot.uses, new Set());
      this.#usage.add(uses);
      slot.uses = uses;
    }
    current.grant = grant;
    this.#setDependencies(key, current, dependenciesOf(grant, assigned));
    return regranted;
  }

  #newSlot(key: AssignmentKey, uses: AssignmentUses, effect: Effect): Slot {
    const slot: Slot = { grant: undefined, uses, dependsOn: NO_KEYS };
    this.#slots.set(key, slot);
    this.#usage.add(uses, effect.resources);
    effect.assignments.add(key);
    return slot;
  }

  #setDependencies(key: AssignmentKey, slot: Slot, dependsOn: readonly string[]): void {
    if (
      slot.dependsOn.length === dependsOn.length &&
      slot.dependsOn.every((name, i) => name === dependsOn[i])
    )
      return;
    for (const name of slot.dependsOn) this.#keysByPlace.delete(name, key);
    for (const name of dependsOn) this.#keysByPlace.add(name, key);
    slot.dependsOn = dependsOn;
  }

  #applyNode(event: NodeEvent, effect: Effect): void {
    const name = event.type === 'upsert' ? event.object.name : event.key.name;
    const before = this.#nodes.placeOf(name);
    const changed = event.type === 'upsert' ? this.#nodes.upsert(event.object) : this.#nodes.delete(name);
    if (!changed) return;
    const affected = new Set(this.#keysByPlace.of(name));
    for (const place of [before, this.#nodes.placeOf(name)]) {
      if (place === undefined) continue;
      effect.resources.add(place.key);
      for (const key of this.#keysByPlace.of(place.key)) affected.add(key);
    }
    for (const key of affected) this.#refresh(key, this.#slots.get(key)?.grant, effect);
  }
}

/** What of the nodes an assignment's placement follows from. */
function dependenciesOf(
  grant: Grant | undefined,
  assigned: readonly AzureAssignedIdentity[],
): readonly string[] {
  if (assigned.length === 0) return grant === undefined ? NO_KEYS : [grant.pod.nodeName];
  const names = new Set(assigned.map(({ spec }) => spec.nodeName));
  if (grant !== undefined) names.add(grant.pod.nodeName);
  for (const object of assigned) {
    const noted = notedResource(object);
    if (noted !== undefined) names.add(computeResourceKey(noted));
  }
  return [...names];
}

function sameKeys(keys: readonly AssignmentKey[], grants: readonly Grant[]): boolean {
  return keys.length === grants.length && keys.every((key, index) => key === grants[index]?.key);
}
