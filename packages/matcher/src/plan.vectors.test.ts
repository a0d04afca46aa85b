import type { ComputeResource } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { AssignmentIndex } from './assignment-index.js';
import { groupNodes } from './compute-group.js';
import { plan } from './plan.js';
import type { ResourcePlan } from './resource-plan.js';
import { eventsOf } from './testing/events.js';
import { snapshotOf, vectorsOf, type VectorObjects } from './testing/vector-snapshot.js';

type Input = VectorObjects & {
  kind: 'group' | 'detach';
  forceNamespaced: boolean;
  immutableUserMSIs: string[];
  clusterIdentity: string;
};
type Group = ComputeResource & { nodes: string[] };
type Resource = ComputeResource & { identities: string[] };
type Expected = { resources: Group[]; unresolved: string[] } | { detach: Resource[]; attach: Resource[] };

describe('vectors: compute', () => {
  for (const { name, input, expected } of vectorsOf<Input, Expected>('compute')) {
    const snapshot = snapshotOf(input);
    if ('resources' in expected) {
      it(name, () => {
        const { groups, unresolved } = groupNodes(snapshot.nodes);
        expect(groups.map(({ resource, nodes }) => describeResource(resource, nodes)).sort()).toEqual(
          expected.resources.map((group) => describeResource(group, group.nodes)).sort(),
        );
        expect(unresolved).toEqual(expected.unresolved.sort());
      });
      continue;
    }
    const policy = { mode: 'standard', forceNamespaced: input.forceNamespaced } as const;
    const guarded = { immutableIdentities: input.immutableUserMSIs, clusterIdentity: input.clusterIdentity };
    const wanted = {
      detach: expected.detach.map((resource) => describeResource(resource, resource.identities)).sort(),
      attach: expected.attach.map((resource) => describeResource(resource, resource.identities)).sort(),
    };

    it(name, () => expect(describePlans(plan(snapshot, policy, guarded).resources)).toEqual(wanted));

    it(`${name} (incremental)`, () => {
      const index = new AssignmentIndex(policy, guarded);
      for (const event of eventsOf(snapshot).reverse()) index.apply(event);
      expect(describePlans(Array.from(index.resources(), (key) => index.planFor(key)!))).toEqual(wanted);
    });
  }
});

function describePlans(plans: readonly ResourcePlan[]): { detach: string[]; attach: string[] } {
  const describeAll = (part: 'attach' | 'detach'): string[] =>
    plans
      .filter((each) => each[part].length > 0)
      .map((each) =>
        describeResource(
          each.resource,
          each[part].map(({ identity }) => identity.id),
        ),
      )
      .sort();
  return { detach: describeAll('detach'), attach: describeAll('attach') };
}

function describeResource(resource: ComputeResource, parts: readonly string[]): string {
  const { type, subscriptionId, resourceGroup, name } = resource;
  return [type, subscriptionId, resourceGroup, name, ...[...parts].sort()].join(' ').toLowerCase();
}
