import type { AzureAssignedIdentity, AzureIdentity, Pod } from '@aad-pod-identity/core';

/** What identifies an assignment: read from an object's spec, never from its name (docs/spec.md section 3). */
export interface AssignmentTuple {
  readonly podNamespace: string;
  readonly pod: string;
  readonly identityNamespace: string;
  readonly identity: string;
}

/** The tuple as one string, `podNamespace/pod/identityNamespace/identity`: unique, because no part can hold a slash. */
export type AssignmentKey = string;

/** Key of an assignment from its tuple. */
export function assignmentKey(tuple: AssignmentTuple): AssignmentKey {
  return `${tuple.podNamespace}/${tuple.pod}/${tuple.identityNamespace}/${tuple.identity}`;
}

/** Key of the assignment of an identity to a pod. */
export function keyOfAssignment(
  pod: Pick<Pod, 'namespace' | 'name'>,
  identity: Pick<AzureIdentity, 'namespace' | 'name'>,
): AssignmentKey {
  return `${pod.namespace}/${pod.name}/${identity.namespace}/${identity.name}`;
}

/** Tuple of an AzureAssignedIdentity, from its spec. */
export function tupleOf(assigned: Pick<AzureAssignedIdentity, 'spec'>): AssignmentTuple {
  const { podNamespace, pod, azureIdentityRef } = assigned.spec;
  return {
    podNamespace,
    pod,
    identityNamespace: azureIdentityRef.namespace,
    identity: azureIdentityRef.name,
  };
}

/** Key of an AzureAssignedIdentity, from its spec. */
export function keyOfAssigned(assigned: Pick<AzureAssignedIdentity, 'spec'>): AssignmentKey {
  return assignmentKey(tupleOf(assigned));
}
