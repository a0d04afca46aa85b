import {
  COMPUTE_RESOURCE_ANNOTATION,
  formatComputeResource,
  type AzureAssignedIdentity,
} from '@aad-pod-identity/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlacedChange } from './assignment-uses.js';
import { plan, type Plan } from './plan.js';
import type { Snapshot } from './snapshot.js';
import { eventSequence, Model } from './testing/arbitrary-events.js';
import { assigned } from './testing/objects.js';

const policy = fc.record({ mode: fc.constant('standard' as const), forceNamespaced: fc.boolean() });

function modelOf(events: Parameters<Model['apply']>[0][]): Model {
  const model = new Model();
  for (const event of events) model.apply(event);
  return model;
}

describe('plan', () => {
  it('does not depend on the order of the objects', () => {
    fc.assert(
      fc.property(eventSequence, policy, (events, rules) => {
        const model = modelOf(events);
        expect(plan(model.snapshot('backwards'), rules)).toEqual(plan(model.snapshot('forwards'), rules));
      }),
    );
  });

  it('is empty once it was carried out', () => {
    fc.assert(
      fc.property(eventSequence, policy, (events, rules) => {
        const snapshot = modelOf(events).snapshot();
        const after = carryOut(snapshot, plan(snapshot, rules));
        // An object that others deleted is gone now, and only then created anew.
        const settled = carryOut(after, plan(after, rules));
        const again = plan(settled, rules);
        for (const { attach, detach, changes } of again.resources)
          expect({ attach, detach, changes }).toEqual(NOTHING);
        expect(again.unplaced).toEqual([]);
      }),
    );
  });

  it('never attaches and detaches one identity, nor detaches one that a desired assignment uses', () => {
    fc.assert(
      fc.property(eventSequence, policy, (events, rules) => {
        const { resources, desired } = plan(modelOf(events).snapshot(), rules);
        for (const { attach, detach, keep, nodes } of resources) {
          const all = [...attach, ...detach, ...keep].map(({ identity }) => identity.key);
          expect(new Set(all).size).toBe(all.length);
          const here = desired.filter(
            (grant) => nodes.includes(grant.pod.nodeName) && grant.identity.spec.type === 0,
          );
          const used = new Set(here.map((grant) => grant.identity.resource?.key));
          for (const { identity } of detach) expect(used).not.toContain(identity.key);
          const present = [...attach, ...keep].map(({ identity }) => identity.key);
          expect(present).toEqual(expect.arrayContaining([...used]));
        }
      }),
    );
  });
});

const NOTHING = { attach: [], detach: [], changes: [] };

/** What a MIC whose every call succeeds makes of a plan. */
function carryOut(snapshot: Snapshot, { resources, unplaced }: Plan): Snapshot {
  const objects = new Map(
    snapshot.assignedIdentities.map((each) => [`${each.namespace}/${each.name}`, each]),
  );
  const placed = resources.flatMap(({ key, resource, changes }) =>
    changes.map((change): PlacedChange => ({ change, placement: { kind: 'resource', key, resource } })),
  );
  for (const { change, placement } of [...placed, ...unplaced]) {
    if (change.action !== 'create') objects.delete(`${change.current.namespace}/${change.current.name}`);
    if (change.action === 'delete') continue;
    const { grant } = change;
    const written: AzureAssignedIdentity = assigned({
      ...grant,
      namespace: 'mic',
      name: change.key.replaceAll('/', '.'),
      annotations:
        placement.kind === 'none'
          ? {}
          : { [COMPUTE_RESOURCE_ANNOTATION]: formatComputeResource(placement.resource) },
    });
    objects.set(`${written.namespace}/${written.name}`, written);
  }
  return { ...snapshot, assignedIdentities: [...objects.values()] };
}
