import type { ClusterEvent } from '../cluster-event.js';
import type { Snapshot } from '../snapshot.js';

/** One `upsert` for every object of a snapshot. */
export function eventsOf(snapshot: Snapshot): ClusterEvent[] {
  const { pods, nodes, identities, bindings, assignedIdentities, exceptions } = snapshot;
  return [
    ...pods.map((object): ClusterEvent => ({ type: 'upsert', kind: 'Pod', object })),
    ...nodes.map((object): ClusterEvent => ({ type: 'upsert', kind: 'Node', object })),
    ...identities.map((object): ClusterEvent => ({ type: 'upsert', kind: 'AzureIdentity', object })),
    ...bindings.map((object): ClusterEvent => ({ type: 'upsert', kind: 'AzureIdentityBinding', object })),
    ...assignedIdentities.map((object): ClusterEvent => ({
      type: 'upsert',
      kind: 'AzureAssignedIdentity',
      object,
    })),
    ...exceptions.map((object): ClusterEvent => ({
      type: 'upsert',
      kind: 'AzurePodIdentityException',
      object,
    })),
  ];
}
