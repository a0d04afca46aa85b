/**
 * Taking an AzureAssignedIdentity away for good.
 *
 * @module
 */
import { ASSIGNED_IDENTITY_FINALIZER } from '@aad-pod-identity/core';
import { isKubernetesError, type RequestOptions, type ResourceClient } from '@aad-pod-identity/kubernetes';

/** An AAI, as far as that needs to know it. */
export interface HeldObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly finalizers: readonly string[];
  /** Being deleted: it goes with its last finalizer. */
  readonly deleting: boolean;
}

/**
 * Takes MIC's finalizer off and deletes it.
 *
 * @returns false where it was gone already
 * @throws KubernetesError `conflict` where it has changed meanwhile
 */
export async function removeAssignedIdentity(
  client: Pick<ResourceClient<unknown>, 'mergePatch' | 'delete'>,
  object: HeldObject,
  options: RequestOptions,
): Promise<boolean> {
  const { uid, resourceVersion, finalizers, deleting } = object;
  const left = finalizers.filter((name) => name !== ASSIGNED_IDENTITY_FINALIZER);
  try {
    if (left.length < finalizers.length)
      await client.mergePatch(object, { metadata: { resourceVersion, finalizers: left } }, options);
    if (!deleting) await client.delete(object, { ...options, preconditions: { uid } });
    return true;
  } catch (error) {
    if (isKubernetesError(error, 'not-found')) return false;
    throw error;
  }
}
