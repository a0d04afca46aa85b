import { COMPUTE_RESOURCE_ANNOTATION } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { diffAssignments } from './assignment-diff.js';
import { match } from './match.js';
import { assigned, binding, computeId, identity, pod } from './testing/objects.js';

const web = pod({ name: 'web' });
const id = identity({ name: 'id' });
const bind = binding({ name: 'b', identity: 'id' });
const { grants } = match({ pods: [web], bindings: [bind], identities: [id] });
const ready = { pod: web, identity: id, binding: bind };

describe('diffAssignments', () => {
  it('keeps of doubled objects one that is as desired and assigned, and deletes the others', () => {
    const doubled = [
      assigned({ ...ready, name: 'a', node: 'elsewhere' }),
      assigned({ ...ready, name: 'b', status: 'Created' }),
      assigned({ ...ready, name: 'c' }),
      assigned({ ...ready, name: 'd' }),
    ];
    const diff = diffAssignments(grants, doubled);
    expect(diff.delete.map(({ current, why }) => `${current.name} ${why}`)).toEqual([
      'a duplicate',
      'b duplicate',
      'd duplicate',
    ]);
    expect([diff.create, diff.update, diff.retry]).toEqual([[], [], []]);
  });

  it('lets an object go that others deleted, before it is created anew', () => {
    const diff = diffAssignments(grants, [assigned({ ...ready, deleting: true })]);
    expect(diff).toMatchObject({ delete: [{ why: 'deleted-by-others' }], create: [] });
  });

  it('rewrites an object that lacks the label by which NMI finds it', () => {
    const diff = diffAssignments(grants, [{ ...assigned(ready), labelled: false }]);
    expect(diff).toMatchObject({ update: [{ differences: ['label'] }], create: [], delete: [] });
  });

  it('rewrites an object whose node is on another compute resource now', () => {
    const noted = computeId('virtualMachineScaleSets', 'old');
    const moved = assigned({ ...ready, annotations: { [COMPUTE_RESOURCE_ANNOTATION]: noted } });
    const resourceKey = computeId('virtualMachineScaleSets', 'new').toLowerCase();
    expect(diffAssignments(grants, [moved], () => resourceKey).update).toMatchObject([
      { differences: ['compute-resource'] },
    ]);
    expect(diffAssignments(grants, [moved], () => noted.toLowerCase()).untouched).toHaveLength(1);
    expect(diffAssignments(grants, [moved]).untouched).toHaveLength(1);
  });

  it('names everything that differs', () => {
    const other = assigned({
      pod: web,
      node: 'elsewhere',
      binding: binding({ name: 'c', identity: 'id' }),
      identity: identity({ name: 'id', clientID: 'other' }),
    });
    expect(diffAssignments(grants, [other]).update).toMatchObject([
      { differences: ['node', 'binding', 'identity'] },
    ]);
  });

  it('takes another casing of an ID for the same', () => {
    const shouting = identity({ name: 'id', resource: id.spec.resourceID.toUpperCase(), clientID: 'CLIENT' });
    expect(diffAssignments(grants, [assigned({ ...ready, identity: shouting })]).untouched).toHaveLength(1);
  });
});
