import { compareStrings, type AzureAssignedIdentity } from '@aad-pod-identity/core';
import { groupByAssignment } from './assignment-diff.js';
import { usesOf, type PlacedChange } from './assignment-uses.js';
import { NodeTable } from './compute-group.js';
import type { Grant } from './grant.js';
import { forEachGrant } from './match.js';
import { DEFAULT_POLICY, type MatchPolicy } from './policy.js';
import { NOTHING_PROTECTED, ProtectedIdentities, type Protected } from './protected-identities.js';
import type { ResourcePlan } from './resource-plan.js';
import type { Snapshot } from './snapshot.js';
import { SnapshotSource } from './snapshot-source.js';
import { UsageTable } from './usage-table.js';

const NO_OBJECTS: readonly AzureAssignedIdentity[] = [];

/** What has to be done so that the cluster and Azure are as desired. */
export interface Plan {
  /** The desired assignments, in order of (namespace, name) of the pod, then of the binding. */
  readonly desired: readonly Grant[];
  /** One for every compute resource that has known nodes, or something to be done; in order of key. */
  readonly resources: readonly ResourcePlan[];
  /** Changes that belong to no compute resource, each with why; in order of the assignment's key. */
  readonly unplaced: readonly PlacedChange[];
  /** Names, in order, of known nodes whose providerID names neither a VM nor a scale set. */
  readonly unresolvedNodes: readonly string[];
}

/**
 * Plans from all objects at once what has to be done where (docs/spec.md section 4): the one-shot form. The order of
 * the objects does not matter; planning again after the plan was carried out gives an empty one.
 */
export function plan(
  snapshot: Omit<Snapshot, 'exceptions'>,
  policy: MatchPolicy = DEFAULT_POLICY,
  protectedIdentities: Protected = NOTHING_PROTECTED,
): Plan {
  const nodes = new NodeTable();
  for (const node of [...snapshot.nodes].sort((a, b) => compareStrings(a.name, b.name))) nodes.upsert(node);
  const source = new SnapshotSource(snapshot.bindings, snapshot.identities, policy);
  const assigned = groupByAssignment(snapshot.assignedIdentities);

  const desired: Grant[] = [];
  const table = new UsageTable();
  forEachGrant(snapshot.pods, source, policy, (grant) => {
    desired.push(grant);
    // Asking an empty map costs the hash of a key that nothing else needs.
    const objects = assigned.size === 0 ? undefined : assigned.get(grant.key);
    table.add(usesOf(grant.key, grant, objects ?? NO_OBJECTS, nodes));
    if (objects !== undefined) assigned.delete(grant.key);
  });
  for (const key of [...assigned.keys()].sort()) {
    table.add(usesOf(key, undefined, assigned.get(key) ?? NO_OBJECTS, nodes));
  }

  const guarded = new ProtectedIdentities(protectedIdentities);
  const keys = new Set([...Array.from(nodes.places(), ({ key }) => key), ...table.keys()]);
  const resources = [...keys].sort().flatMap((key) => table.planOf(key, nodes, guarded) ?? []);
  return { desired, resources, unplaced: table.unplaced(), unresolvedNodes: nodes.unresolved() };
}
