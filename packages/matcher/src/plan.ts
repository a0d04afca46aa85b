import { compareStrings } from '@aad-pod-identity/core';
import { groupByAssignment } from './assignment-diff.js';
import { usesOf, type PlacedChange } from './assignment-uses.js';
import { NodeTable } from './compute-group.js';
import type { Grant } from './grant.js';
import { grantsInOrder } from './match.js';
import { DEFAULT_POLICY, type MatchPolicy } from './policy.js';
import { NOTHING_PROTECTED, ProtectedIdentities, type Protected } from './protected-identities.js';
import type { ResourcePlan } from './resource-plan.js';
import type { Snapshot } from './snapshot.js';
import { SnapshotSource } from './snapshot-source.js';
import { UsageTable } from './usage-table.js';

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
  for (const grant of grantsInOrder(snapshot.pods, source, policy)) {
    desired.push(grant);
    table.add(grant.key, usesOf(grant.key, grant, assigned.get(grant.key) ?? [], nodes));
    assigned.delete(grant.key);
  }
  for (const key of [...assigned.keys()].sort()) {
    table.add(key, usesOf(key, undefined, assigned.get(key) ?? [], nodes));
  }

  const guarded = new ProtectedIdentities(protectedIdentities);
  const keys = new Set([...Array.from(nodes.places(), ({ key }) => key), ...table.keys()]);
  const resources = [...keys].sort().flatMap((key) => table.planOf(key, nodes, guarded) ?? []);
  return { desired, resources, unplaced: table.unplaced(), unresolvedNodes: nodes.unresolved() };
}
