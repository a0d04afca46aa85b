import {
  COMPUTE_RESOURCE_ANNOTATION,
  computeResourceKey,
  parseComputeResource,
  sameClientId,
  sameResourceId,
  type AzureAssignedIdentity,
  type AzureIdentityBinding,
  type AzureIdentitySpec,
  type ComputeResource,
} from '@aad-pod-identity/core';
import type { Grant } from './grant.js';

/**
 * What of an AzureAssignedIdentity is not as desired: the pod's node, what the node is part of (it was replaced under
 * its name), the label by which NMI finds it, the binding's identity, or the identity's spec.
 */
export type AssignmentDifference = 'node' | 'compute-resource' | 'label' | 'binding' | 'identity';

const NONE: readonly AssignmentDifference[] = [];

/**
 * Compares an object with the grant that it stands for (docs/spec.md section 4). Metadata, weight and the casing of IDs
 * make no difference.
 *
 * @param resourceKey key of the compute resource that the pod's node belongs to; undefined when that is unknown.
 */
export function differencesOf(
  assigned: AzureAssignedIdentity,
  grant: Grant,
  resourceKey: string | undefined,
): readonly AssignmentDifference[] {
  const { spec } = assigned;
  const differences: AssignmentDifference[] = [];
  if (spec.nodeName !== grant.pod.nodeName) differences.push('node');
  else if (resourceKey !== undefined && isElsewhere(assigned, resourceKey))
    differences.push('compute-resource');
  if (!assigned.labelled) differences.push('label');
  if (!sameBinding(spec.azureBindingRef, grant.binding)) differences.push('binding');
  if (!sameIdentitySpec(spec.azureIdentityRef.spec, grant.identity.spec)) differences.push('identity');
  return differences.length === 0 ? NONE : differences;
}

/** The compute resource that MIC noted on the object when it attached the identity; undefined when it noted none. */
export function notedResource(
  assigned: Pick<AzureAssignedIdentity, 'annotations'>,
): ComputeResource | undefined {
  const noted = assigned.annotations[COMPUTE_RESOURCE_ANNOTATION];
  return noted === undefined ? undefined : parseComputeResource(noted);
}

function isElsewhere(assigned: AzureAssignedIdentity, resourceKey: string): boolean {
  const noted = notedResource(assigned);
  return noted !== undefined && computeResourceKey(noted) !== resourceKey;
}

function sameBinding(a: AzureIdentityBinding, b: AzureIdentityBinding): boolean {
  return (
    a.name === b.name &&
    a.namespace === b.namespace &&
    a.spec.selector === b.spec.selector &&
    a.spec.azureIdentity === b.spec.azureIdentity
  );
}

function sameIdentitySpec(a: AzureIdentitySpec, b: AzureIdentitySpec): boolean {
  if (a === b) return true;
  return (
    a.type === b.type &&
    (a.resourceID === b.resourceID || sameResourceId(a.resourceID, b.resourceID)) &&
    (a.clientID === b.clientID || sameClientId(a.clientID, b.clientID)) &&
    a.clientPassword.name === b.clientPassword.name &&
    a.clientPassword.namespace === b.clientPassword.namespace &&
    a.tenantID === b.tenantID &&
    a.adResourceID === b.adResourceID &&
    a.adEndpoint === b.adEndpoint &&
    a.replicas === b.replicas &&
    a.auxiliaryTenantIDs.length === b.auxiliaryTenantIDs.length &&
    a.auxiliaryTenantIDs.every((tenant, index) => tenant === b.auxiliaryTenantIDs[index])
  );
}
