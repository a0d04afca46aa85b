import {
  computeResourceKey,
  type AzureAssignedIdentity,
  type AzureIdentity,
  type ComputeResource,
  type IdentityResourceId,
} from '@aad-pod-identity/core';
import type { AssignmentChange } from './assignment-change.js';
import { chooseCurrent, diffAssignment } from './assignment-diff.js';
import { notedResource } from './assignment-difference.js';
import type { AssignmentKey } from './assignment-key.js';
import type { NodeTable } from './compute-group.js';
import type { Grant } from './grant.js';

/**
 * Why an assignment belongs to no compute resource: it is of a service principal or names no usable resource ID; its
 * node is not known, or is not Azure's; or the VM that it was on is gone.
 */
export type Placeless = 'no-azure-identity' | 'node-gone' | 'node-unresolved' | 'vm-gone';

/** A compute resource that an assignment is on, or goes to. */
export interface ResourcePlacement {
  readonly kind: 'resource';
  /** `computeResourceKey` of the resource. */
  readonly key: string;
  readonly resource: ComputeResource;
}

/** Where an assignment is or goes. */
export type Placement = ResourcePlacement | { readonly kind: 'none'; readonly why: Placeless };

/** A change of an assignment, and to whose work it belongs. */
export interface PlacedChange {
  readonly change: AssignmentChange;
  readonly placement: Placement;
}

/** An object that says its identity is on a resource. */
export interface Hold {
  readonly placement: ResourcePlacement;
  readonly identityKey: string;
  readonly assigned: AzureAssignedIdentity;
  /** It is going, or about to be rewritten for another resource or identity: what it holds may have to come off. */
  readonly leaving: boolean;
}

/** All that one assignment means for compute resources. */
export interface AssignmentUses {
  readonly changes: readonly PlacedChange[];
  /** Where the identity is needed; undefined when it is not desired, or can be attached nowhere. */
  readonly target: ResourcePlacement | undefined;
  /** Key of the identity that is needed at the target. */
  readonly identityKey: string | undefined;
  readonly holds: readonly Hold[];
}

const NO_CHANGES: readonly PlacedChange[] = [];
const NO_HOLDS: readonly Hold[] = [];

/**
 * Works out what one assignment means for compute resources (docs/spec.md section 4).
 *
 * @param assigned the objects of the assignment, by (namespace, name).
 */
export function usesOf(
  key: AssignmentKey,
  grant: Grant | undefined,
  assigned: readonly AzureAssignedIdentity[],
  nodes: NodeTable,
): AssignmentUses {
  const nodePlace = grant === undefined ? undefined : nodes.placeOf(grant.pod.nodeName);
  const changes = diffAssignment(key, grant, assigned, nodePlace?.key);
  const current = grant === undefined ? undefined : chooseCurrent(grant, assigned, nodePlace?.key);
  const placement = grant === undefined ? undefined : placeOfGrant(grant, current, nodes);
  const target = placement?.kind === 'resource' ? placement : undefined;
  const identityKey = target === undefined ? undefined : grant?.identity.resource?.key;
  return {
    changes:
      changes.length === 0 ? NO_CHANGES : changes.flatMap((change) => placedParts(change, placement, nodes)),
    target,
    identityKey,
    holds: assigned.length === 0 ? NO_HOLDS : holdsOf(assigned, current, target?.key, identityKey, nodes),
  };
}

function holdsOf(
  assigned: readonly AzureAssignedIdentity[],
  current: AzureAssignedIdentity | undefined,
  targetKey: string | undefined,
  neededKey: string | undefined,
  nodes: NodeTable,
): readonly Hold[] {
  const holds: Hold[] = [];
  for (const object of assigned) {
    const identityKey = attachableResource(object.spec.azureIdentityRef)?.key;
    const placement = placeOfAssigned(object, nodes);
    if (identityKey === undefined || placement.kind === 'none') continue;
    const staying = object === current && targetKey === placement.key && neededKey === identityKey;
    holds.push({ placement, identityKey, assigned: object, leaving: !staying });
  }
  return holds;
}

/**
 * A pod that came to a node to which nothing can be attached leaves behind what it had on another: that does not wait
 * for the node.
 */
function placedParts(
  change: AssignmentChange,
  target: Placement | undefined,
  nodes: NodeTable,
): readonly PlacedChange[] {
  if (change.action !== 'update' || !isNowhere(target)) return [place(change, target, nodes)];
  const { key, grant, current } = change;
  if (current.spec.nodeName === grant.pod.nodeName) return [place(change, target, nodes)];
  return [
    place({ action: 'delete', key, current, why: 'not-desired' }, target, nodes),
    place({ action: 'create', key, grant }, target, nodes),
  ];
}

/** Whether an identity that has to be attached cannot be, because of the node. */
function isNowhere(target: Placement | undefined): boolean {
  return target?.kind === 'none' && target.why !== 'no-azure-identity';
}

/** A deletion belongs to where the object is, anything else to where the assignment goes. */
function place(change: AssignmentChange, target: Placement | undefined, nodes: NodeTable): PlacedChange {
  const placement = change.action === 'delete' ? placeOfAssigned(change.current, nodes) : target;
  return { change, placement: placement ?? NODE_GONE };
}

/** The identity's resource if it is one that is attached to VMs: only type 0 touches Azure. */
function attachableResource(
  identity: Pick<AzureIdentity, 'spec' | 'resource'>,
): IdentityResourceId | undefined {
  return identity.spec.type === 0 ? identity.resource : undefined;
}

const NO_AZURE_IDENTITY: Placement = { kind: 'none', why: 'no-azure-identity' };
const NODE_GONE: Placement = { kind: 'none', why: 'node-gone' };
const NODE_UNRESOLVED: Placement = { kind: 'none', why: 'node-unresolved' };
const VM_GONE: Placement = { kind: 'none', why: 'vm-gone' };

/**
 * Where the identity of an object was attached: what MIC noted on it, else the resource of its node. A VM that no
 * known node is on any more is gone, a scale set remains.
 */
function placeOfAssigned(assigned: AzureAssignedIdentity, nodes: NodeTable): Placement {
  if (attachableResource(assigned.spec.azureIdentityRef) === undefined) return NO_AZURE_IDENTITY;
  const noted = notedResource(assigned);
  if (noted === undefined) return placeOfNode(assigned.spec.nodeName, nodes);
  const key = computeResourceKey(noted);
  const known = nodes.place(key);
  if (known !== undefined) return known;
  return noted.type === 'virtualMachines' ? VM_GONE : { kind: 'resource', key, resource: noted };
}

function placeOfGrant(grant: Grant, current: AzureAssignedIdentity | undefined, nodes: NodeTable): Placement {
  if (attachableResource(grant.identity) === undefined) return NO_AZURE_IDENTITY;
  const placement = placeOfNode(grant.pod.nodeName, nodes);
  // While its node can't be resolved, a pod goes on using what it was given there.
  if (placement.kind === 'none' && current?.spec.nodeName === grant.pod.nodeName) {
    const earlier = placeOfAssigned(current, nodes);
    if (earlier.kind === 'resource') return earlier;
  }
  return placement;
}

function placeOfNode(name: string, nodes: NodeTable): Placement {
  const known = nodes.placeOf(name);
  if (known !== undefined) return known;
  return nodes.has(name) ? NODE_UNRESOLVED : NODE_GONE;
}
