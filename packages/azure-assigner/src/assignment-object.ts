/**
 * What stands in the object of an assignment, and what it must not forget.
 *
 * @module
 */
import {
  ATTACHED_BY_ANNOTATION,
  COMPUTE_RESOURCE_ANNOTATION,
  UNASSIGNED_SINCE_ANNOTATION,
  computeResourceKey,
  formatComputeResource,
  type AssignedIdentityInput,
  type AzureAssignedIdentity,
  type ComputeResource,
} from '@aad-pod-identity/core';
import {
  attachedByOf,
  notedResource,
  type AssignmentTuple,
  type AttachedBy,
  type Grant,
} from '@aad-pod-identity/matcher';

/** Where an assignment's identity is attached, and who did that, once that is known. Absent for service principals. */
export interface Placement {
  readonly resource: ComputeResource;
  readonly attachedBy: AttachedBy;
}

const micAnnotations: ReadonlySet<string> = new Set([
  ATTACHED_BY_ANNOTATION,
  COMPUTE_RESOURCE_ANNOTATION,
  UNASSIGNED_SINCE_ANNOTATION,
]);

/** The annotations that MIC writes on assignments, or all others. */
export function annotationsOf(
  annotations: Readonly<Record<string, string>>,
  whose: 'mic' | 'others',
): Record<string, string> {
  const wanted = whose === 'mic';
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => micAnnotations.has(key) === wanted),
  );
}

/** The object of a grant: `Created`, or `Assigned` at once where there is nothing to attach. */
export function objectOf(
  { pod, identity, binding }: Grant,
  name: { readonly namespace: string; readonly name: string },
  placement: Placement | undefined,
  statusConditions?: readonly unknown[],
): AssignedIdentityInput {
  const spec = {
    azureIdentityRef: identity,
    azureBindingRef: binding,
    pod: pod.name,
    podNamespace: pod.namespace,
    nodeName: pod.nodeName,
  };
  const common = { ...name, spec, ...(statusConditions === undefined ? {} : { statusConditions }) };
  if (placement === undefined) return { ...common, annotations: {}, status: 'Assigned' };
  const { resource, attachedBy } = placement;
  const annotations = {
    [COMPUTE_RESOURCE_ANNOTATION]: formatComputeResource(resource),
    ...(attachedBy === 'unknown' ? {} : { [ATTACHED_BY_ANNOTATION]: attachedBy }),
  };
  return { ...common, annotations, status: 'Created' };
}

/**
 * Whether an object tells who attached its identity. One that MIC has begun with, and only begun, does not; one without
 * any note of ours, by the original, says that MIC did.
 */
export function saysWhoAttached({ annotations, status }: AzureAssignedIdentity): boolean {
  if (annotations[ATTACHED_BY_ANNOTATION] !== undefined) return true;
  return status !== 'Created' || annotations[COMPUTE_RESOURCE_ANNOTATION] === undefined;
}

/** What the assignment of a grant is identified by. */
export function tupleOfGrant({ pod, identity }: Grant): AssignmentTuple {
  return {
    podNamespace: pod.namespace,
    pod: pod.name,
    identityNamespace: identity.namespace,
    identity: identity.name,
  };
}

/**
 * Whether `current` stands for an identity that is to come off a resource, and that the new placement does not keep
 * there: then rewriting it would forget that.
 *
 * @param nodeResource - the compute resource of the object's node, where that is known
 */
export function leavesSomethingBehind(
  current: AzureAssignedIdentity,
  nodeResource: ComputeResource | undefined,
  grant: Grant,
  placement: Placement | undefined,
): boolean {
  const { spec, resource: identity } = current.spec.azureIdentityRef;
  if (spec.type !== 0 || identity === undefined) return false;
  if (attachedByOf(current) !== 'mic') return false;
  const from = notedResource(current) ?? nodeResource;
  if (from === undefined) return false;
  return (
    placement === undefined ||
    computeResourceKey(from) !== computeResourceKey(placement.resource) ||
    identity.key !== grant.identity.resource?.key
  );
}

/** Whether an object still stands for the node and the identity for which it did. */
export function isFor({ spec }: AzureAssignedIdentity, { spec: before }: AzureAssignedIdentity): boolean {
  return (
    spec.nodeName === before.nodeName &&
    spec.azureIdentityRef.resource?.key === before.azureIdentityRef.resource?.key
  );
}
