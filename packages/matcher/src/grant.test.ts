import type { StandingConditions } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { AssignmentIndex } from './assignment-index.js';
import { DEFAULT_POLICY } from './policy.js';
import { binding, identity, node, pod, vm } from './testing/objects.js';

const conditions: StandingConditions = {
  ready: {
    status: 'True',
    reason: 'Usable',
    message: '',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  },
  others: [],
};

function waiting(): AssignmentIndex {
  const index = new AssignmentIndex(DEFAULT_POLICY);
  index.apply({ type: 'upsert', kind: 'Node', object: node('n0', vm('n0')) });
  index.apply({ type: 'upsert', kind: 'AzureIdentity', object: identity({ name: 'id' }) });
  index.apply({ type: 'upsert', kind: 'AzureIdentityBinding', object: binding({ name: 'b' }) });
  index.apply({ type: 'upsert', kind: 'Pod', object: pod({ name: 'web' }) });
  return index;
}

describe('a condition that is written on an identity or a binding', () => {
  it('makes no work, and is in the grants from then on', () => {
    const index = waiting();
    const judged = { ...identity({ name: 'id', resourceVersion: '2' }), conditions };
    const bound = { ...binding({ name: 'b', resourceVersion: '2' }), conditions };
    for (const effect of [
      index.apply({ type: 'upsert', kind: 'AzureIdentity', object: judged }),
      index.apply({ type: 'upsert', kind: 'AzureIdentityBinding', object: bound }),
    ]) {
      expect([...effect.pods, ...effect.assignments, ...effect.resources]).toEqual([]);
    }
    const [grant] = index.allDesired();
    expect([grant?.identity, grant?.binding]).toEqual([judged, bound]);
    const [resource = ''] = index.resources();
    const [attachment] = index.planFor(resource)?.attach ?? [];
    expect(attachment?.changes).toMatchObject([{ grant: { identity: judged, binding: bound } }]);
  });

  it.each([
    ['spec', identity({ name: 'id', clientID: 'another' })],
    ['annotations', identity({ name: 'id', namespaced: true })],
    ['uid', { ...identity({ name: 'id' }), uid: 'another' }],
  ])('is told from a change of the %s', (_what, changed) => {
    const effect = waiting().apply({ type: 'upsert', kind: 'AzureIdentity', object: changed });
    expect([effect.pods.size, effect.resources.size]).toEqual([1, 1]);
  });
});
