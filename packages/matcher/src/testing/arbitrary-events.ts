import {
  ATTACHED_BY_ANNOTATION,
  COMPUTE_RESOURCE_ANNOTATION,
  objectKey,
  type AzureAssignedIdentity,
  type ObjectKey,
} from '@aad-pod-identity/core';
import fc from 'fast-check';
import type { ClusterEvent, WatchedKind } from '../cluster-event.js';
import type { Snapshot } from '../snapshot.js';
import * as make from './objects.js';

/** A universe so small that names, labels, nodes and resources collide all the time. */
const namespace = fc.constantFrom('default', 'default', 'default', 'a', 'a', 'a-b');
const label = fc.constantFrom('s', 's', 's', 't', '');
const nodeName = fc.constantFrom('n0', 'n0', 'n1', 'gone');
const identityName = fc.constantFrom('i', 'i', 'j');
const resource = fc.constantFrom(...['x', 'x', 'X', 'y'].map(make.identityId), 'broken');
const providerID = fc.constantFrom(
  make.vmss('ss', 0),
  make.vmss('SS', 1),
  make.vmss('other', 0),
  make.vm('v'),
  'kind://docker/kind/x',
  '',
);
const annotations = fc.record(
  {
    [ATTACHED_BY_ANNOTATION]: fc.constantFrom('mic', 'others'),
    [COMPUTE_RESOURCE_ANNOTATION]: fc.constantFrom(
      make.computeId('virtualMachineScaleSets', 'ss'),
      make.computeId('virtualMachines', 'v'),
      'broken',
    ),
  },
  { requiredKeys: [] },
);
const version = fc.nat().map(String);

const pod = fc
  .record({
    namespace,
    name: fc.constantFrom('p', 'p', 'p-a'),
    label,
    node: fc.oneof(nodeName, fc.constant('')),
    phase: fc.constantFrom('Running', 'Running', 'Pending', 'Succeeded'),
    resourceVersion: version,
  })
  .map(make.pod);
const binding = fc
  .record({
    namespace,
    name: fc.constantFrom('b', 'c'),
    identity: identityName,
    selector: label,
    weight: fc.nat(1),
    resourceVersion: version,
  })
  .map(make.binding);
const identity = fc
  .record({
    namespace,
    name: identityName,
    type: fc.constantFrom(0, 0, 0, 1, 7),
    resource,
    clientID: fc.constantFrom('c1', 'c2'),
    namespaced: fc.boolean(),
    resourceVersion: version,
  })
  .map(make.identity);
const exception = fc
  .record({
    namespace,
    name: fc.constantFrom('e', 'f'),
    podLabels: fc.constant({ aadpodidbinding: 's', tier: 'x' }),
  })
  .map(make.exception);
const node = fc.tuple(fc.constantFrom('n0', 'n1'), providerID).map(([name, id]) => make.node(name, id));
const assigned = fc
  .record({
    namespace: fc.constantFrom('default', 'a'),
    name: fc.constantFrom('aai-1', 'aai-2', 'aai-3', 'aai-4'),
    pod,
    identity,
    binding,
    node: nodeName,
    status: fc.constantFrom('Created' as const, 'Assigned' as const, 'Unassigned' as const),
    annotations,
    deleting: fc.constantFrom(false, false, false, true),
    labelled: fc.constantFrom(true, true, true, false),
    resourceVersion: version,
  })
  .map(({ labelled, ...object }) => ({ ...make.assigned(object), labelled }));

const upsert: fc.Arbitrary<ClusterEvent> = fc.oneof(
  { weight: 4, arbitrary: pod.map((object) => ({ type: 'upsert' as const, kind: 'Pod' as const, object })) },
  binding.map((object) => ({ type: 'upsert' as const, kind: 'AzureIdentityBinding' as const, object })),
  {
    weight: 2,
    arbitrary: identity.map((object) => ({
      type: 'upsert' as const,
      kind: 'AzureIdentity' as const,
      object,
    })),
  },
  exception.map((object) => ({
    type: 'upsert' as const,
    kind: 'AzurePodIdentityException' as const,
    object,
  })),
  {
    weight: 2,
    arbitrary: node.map((object) => ({ type: 'upsert' as const, kind: 'Node' as const, object })),
  },
  {
    weight: 4,
    arbitrary: assigned.map((object) => ({
      type: 'upsert' as const,
      kind: 'AzureAssignedIdentity' as const,
      object,
    })),
  },
);

/** Sequences of events; about every fourth deletes what the universe may hold. */
export const eventSequence: fc.Arbitrary<ClusterEvent[]> = fc.array(
  fc.tuple(upsert, fc.nat(3)).map(([event, dice]): ClusterEvent => {
    if (dice > 0 || event.type === 'delete') return event;
    return { type: 'delete', kind: event.kind, key: keyOfObject(event.object) };
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** What two assignments of one tuple share is not enough: also the object's own name is in its key. */
function keyOfObject(object: { readonly name: string; readonly namespace?: string }): ObjectKey {
  return { namespace: object.namespace ?? '', name: object.name };
}

/** The plainest model of a cluster: all objects by kind and name. */
export class Model {
  readonly #objects = new Map<string, { readonly kind: WatchedKind; readonly object: unknown }>();

  apply(event: ClusterEvent): void {
    const key = event.type === 'upsert' ? keyOfObject(event.object) : event.key;
    const id = `${event.kind} ${objectKey(key)}`;
    if (event.type === 'delete') this.#objects.delete(id);
    else this.#objects.set(id, { kind: event.kind, object: event.object });
  }

  /** @param order turns the objects round, to show that their order plays no part. */
  snapshot(order: 'forwards' | 'backwards' = 'forwards'): Snapshot {
    const entries = [...this.#objects.values()];
    if (order === 'backwards') entries.reverse();
    const of = <T>(kind: WatchedKind): T[] =>
      entries.filter((entry) => entry.kind === kind).map((entry) => entry.object as T);
    return {
      pods: of('Pod'),
      bindings: of('AzureIdentityBinding'),
      identities: of('AzureIdentity'),
      exceptions: of('AzurePodIdentityException'),
      assignedIdentities: of<AzureAssignedIdentity>('AzureAssignedIdentity'),
      nodes: of('Node'),
    };
  }
}
