import { ATTACHED_BY_ANNOTATION, COMPUTE_RESOURCE_ANNOTATION } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { plan } from './plan.js';
import type { Protected } from './protected-identities.js';
import type { ResourcePlan } from './resource-plan.js';
import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';
import { assigned, binding, computeId, identity, node, pod, vm, vmss } from './testing/objects.js';

const id = identity({ name: 'id' });
const bind = binding({ name: 'b', identity: 'id' });
const left = { pod: pod({ name: 'left' }), identity: id, binding: bind };
const scaleSet = { [COMPUTE_RESOURCE_ANNOTATION]: computeId('virtualMachineScaleSets', 'ss') };
const theVm = { [COMPUTE_RESOURCE_ANNOTATION]: computeId('virtualMachines', 'v') };
const cluster: Snapshot = {
  ...EMPTY_SNAPSHOT,
  bindings: [bind],
  identities: [id],
  nodes: [node('n0', vmss('ss', 0)), node('n1', vmss('ss', 1))],
};

function planOf(snapshot: Partial<Snapshot>, guarded?: Protected): ResourcePlan[] {
  return [...plan({ ...cluster, ...snapshot }, undefined, guarded).resources];
}

describe('what comes off', () => {
  it('is an identity that nobody on any node of the resource uses any more', () => {
    const [only] = planOf({ assignedIdentities: [assigned(left)] });
    expect(only).toMatchObject({ nodes: ['n0', 'n1'], attach: [], keep: [] });
    expect(only?.detach).toMatchObject([
      { identity: { name: 'id' }, leaving: [{ name: 'left-default-id' }] },
    ]);
    expect(only?.changes).toMatchObject([{ action: 'delete', why: 'not-desired' }]);
  });

  it('is not one that another pod on another node of the scale set uses', () => {
    const user = pod({ name: 'stays', node: 'n1' });
    const [only] = planOf({
      pods: [user],
      assignedIdentities: [assigned(left), assigned({ ...left, pod: user })],
    });
    expect(only).toMatchObject({
      attach: [],
      detach: [],
      keep: [{ why: 'in-use', users: 1, leaving: [{ name: 'left-default-id' }] }],
    });
  });

  it('is not one that others attached', () => {
    const annotations = { ...scaleSet, [ATTACHED_BY_ANNOTATION]: 'others' };
    const [only] = planOf({ assignedIdentities: [assigned({ ...left, annotations })] });
    expect(only).toMatchObject({ detach: [], keep: [{ why: 'attached-by-others', users: 0 }] });
  });

  it.each([
    ['immutable', { immutableIdentities: [' CLIENT '], clusterIdentity: '' }],
    ['immutable', { immutableIdentities: [id.spec.resourceID.toUpperCase()], clusterIdentity: '' }],
    ['cluster-identity', { immutableIdentities: [], clusterIdentity: 'Client' }],
    ['cluster-identity', { immutableIdentities: [], clusterIdentity: id.spec.resourceID }],
  ])('is not one that is %s, by client ID or resource ID', (why, guarded) => {
    const [only] = planOf({ assignedIdentities: [assigned(left)] }, guarded);
    expect(only).toMatchObject({ detach: [], keep: [{ why }] });
  });

  it('is not an empty client ID that an empty setting seems to protect', () => {
    const nameless = identity({ name: 'id', clientID: '' });
    const [only] = planOf({ assignedIdentities: [assigned({ ...left, identity: nameless })] });
    expect(only?.detach).toHaveLength(1);
  });
});

describe('a node that is gone', () => {
  it('leaves its scale set behind, known from the annotation', () => {
    const [only] = planOf({ nodes: [], assignedIdentities: [assigned({ ...left, annotations: scaleSet })] });
    expect(only).toMatchObject({
      resource: { name: 'ss' },
      nodes: [],
      detach: [{ identity: { name: 'id' } }],
    });
  });

  it('takes its VM with it', () => {
    const objects = [assigned({ ...left, annotations: theVm })];
    const { resources, unplaced } = plan({ ...cluster, nodes: [], assignedIdentities: objects });
    expect(resources).toEqual([]);
    expect(unplaced).toMatchObject([
      { change: { action: 'delete' }, placement: { kind: 'none', why: 'vm-gone' } },
    ]);
  });

  it('has nothing detached without an annotation', () => {
    const { resources, unplaced } = plan({ ...cluster, nodes: [], assignedIdentities: [assigned(left)] });
    expect(resources).toEqual([]);
    expect(unplaced).toMatchObject([{ placement: { why: 'node-gone' } }]);
  });
});

describe('a node that is not Azure’s', () => {
  it('is reported, and what its pods need stops nothing else', () => {
    const nodes = [...cluster.nodes, node('kind', 'kind://x')];
    const pods = [pod({ name: 'p', node: 'kind' }), pod({ name: 'q', node: 'n0' })];
    const { resources, unplaced, unresolvedNodes } = plan({ ...cluster, nodes, pods });
    expect(unresolvedNodes).toEqual(['kind']);
    expect(unplaced).toMatchObject([
      { change: { key: 'default/p/default/id' }, placement: { why: 'node-unresolved' } },
    ]);
    expect(resources).toMatchObject([{ attach: [{ changes: [{ key: 'default/q/default/id' }] }] }]);
  });

  it('still counts as a user of the scale set that its pod was given the identity on', () => {
    const user = pod({ name: 'p', node: 'n0' });
    const objects = [
      assigned({ ...left, pod: user, annotations: scaleSet }),
      assigned({ ...left, node: 'n1', annotations: scaleSet }),
    ];
    const nodes = [node('n0', ''), node('n1', vmss('ss', 1))];
    expect(planOf({ nodes, pods: [user], assignedIdentities: objects })).toMatchObject([
      { detach: [], keep: [{ why: 'in-use', users: 1 }] },
    ]);
  });
});

describe('a pod that comes to a node that is not Azure’s', () => {
  const user = pod({ name: 'p', node: 'virtual' });
  const before = assigned({ ...left, pod: pod({ name: 'p', node: 'n0' }), annotations: scaleSet });

  it.each([
    ['not Azure’s', [...cluster.nodes, node('virtual', '')], 'node-unresolved'],
    ['not known', cluster.nodes, 'node-gone'],
  ])('leaves the identity behind that it had on another node, where the node is %s', (_, nodes, why) => {
    const { resources, unplaced } = plan({
      ...cluster,
      nodes,
      pods: [user],
      assignedIdentities: [before],
    });
    expect(resources).toMatchObject([
      {
        detach: [{ identity: { name: 'id' }, leaving: [{ name: 'p-default-id' }] }],
        changes: [{ action: 'delete', why: 'not-desired' }],
      },
    ]);
    expect(unplaced).toMatchObject([{ change: { action: 'create' }, placement: { why } }]);
  });

  it('does not keep an object that is doubled', () => {
    const twin = { ...before, name: 'p-default-id-2', deleting: true };
    const nodes = [...cluster.nodes, node('virtual', '')];
    const [only] = planOf({ nodes, pods: [user], assignedIdentities: [before, twin] });
    expect(only?.changes).toMatchObject([{ action: 'delete' }, { action: 'delete' }]);
  });
});

describe('a node that was replaced under its name', () => {
  it('has its identities attached anew, and taken off the scale set that it left', () => {
    const user = pod({ name: 'p', node: 'n0' });
    const objects = [assigned({ ...left, pod: user, annotations: scaleSet })];
    const nodes = [node('n0', vm('v'))];
    const plans = planOf({ nodes, pods: [user], assignedIdentities: objects });
    expect(
      plans.map(({ resource, attach, detach }) => [resource.name, attach.length, detach.length]),
    ).toEqual([
      ['v', 1, 0],
      ['ss', 0, 1],
    ]);
    expect(plans[0]?.changes).toMatchObject([{ action: 'update', differences: ['compute-resource'] }]);
  });
});

describe('attachedBy of what is to be attached', () => {
  const user = pod({ name: 'p', node: 'n1' });
  it.each([
    ['unknown', []],
    ['unknown', [assigned({ ...left, pod: user, status: 'Created', annotations: scaleSet })]],
    ['mic', [assigned({ ...left, pod: user, status: 'Created' })]],
    ['mic', [assigned(left)]],
    ['mic', [assigned({ ...left, annotations: { ...scaleSet, [ATTACHED_BY_ANNOTATION]: 'mic' } })]],
    ['others', [assigned({ ...left, annotations: { ...scaleSet, [ATTACHED_BY_ANNOTATION]: 'others' } })]],
  ])('is %s', (attachedBy, assignedIdentities) => {
    expect(planOf({ pods: [user], assignedIdentities })).toMatchObject([{ attach: [{ attachedBy }] }]);
  });
});

describe('service principals', () => {
  it('touch no compute resource', () => {
    const principal = identity({ name: 'id', type: 1, resource: '' });
    const { resources, unplaced } = plan({ ...cluster, identities: [principal], pods: [pod({ name: 'p' })] });
    expect(resources).toMatchObject([{ attach: [], detach: [], keep: [], changes: [] }]);
    expect(unplaced).toMatchObject([
      { change: { action: 'create' }, placement: { why: 'no-azure-identity' } },
    ]);
  });
});
