/** Reading AzureAssignedIdentities, from docs/spec.md sections 2 and 4. */
import type { KubernetesObject } from '@aad-pod-identity/simulator';
import { azureIdOf, field, nameOf, text } from './desired.js';

export const assignedResource = 'azureassignedidentities.aadpodidentity.k8s.io';
export const finalizer = 'azureassignedidentity.finalizers.aadpodidentity.k8s.io';

/** An AzureAssignedIdentity as far as the rules read it. */
export interface Assigned {
  readonly object: KubernetesObject;
  /** `namespace/name` of the object. */
  readonly key: string;
  /** `podNamespace/pod/identityNamespace/identity` */
  readonly tuple: string;
  readonly node: string;
  readonly status: string;
  readonly azureId: string | undefined;
  /** What it remembers about where the identity is: a resource ID in lower case. */
  readonly noted: string | undefined;
  readonly attachedBy: string | undefined;
  readonly hasFinalizer: boolean;
  readonly deleting: boolean;
}

/** Reads one. */
export function readAssigned(object: KubernetesObject): Assigned {
  const { annotations = {}, finalizers = [], deletionTimestamp } = object.metadata;
  const identity = field(field(object, 'spec'), 'azureIdentityRef') as KubernetesObject | undefined;
  const pod = `${text(object, 'spec', 'podNamespace')}/${text(object, 'spec', 'pod')}`;
  return {
    object,
    key: nameOf(object),
    tuple: `${pod}/${identity === undefined ? '' : nameOf(identity)}`,
    node: text(object, 'spec', 'nodename'),
    // Very old MICs wrote none.
    status: text(object, 'status', 'status') || 'Assigned',
    azureId: identity === undefined ? undefined : azureIdOf(identity),
    noted: annotations['aadpodidentity.k8s.io/compute-resource']?.toLowerCase(),
    attachedBy: annotations['aadpodidentity.k8s.io/attached-by'],
    hasFinalizer: finalizers.includes(finalizer),
    deleting: deletionTimestamp !== undefined,
  };
}

/** The VM or scale set that the identity is, or was, attached to. */
export function placeOfAssigned(
  { noted, node }: Assigned,
  places: ReadonlyMap<string, string>,
): string | undefined {
  return noted ?? places.get(node);
}
