import type { AzureIdentity } from '@aad-pod-identity/core';
import type { Lister } from '@aad-pod-identity/kubernetes';
import type { ResourceReconciler } from './resource-reconciler.js';

/**
 * Whoever changes, deletes or recreates an AzureIdentity has put something right: what it names is not held back any
 * longer, however long Azure has refused it. The change itself makes the resources that need it run.
 *
 * @returns the function that ends that
 */
export function pardonChangedIdentities(
  identities: Lister<AzureIdentity>,
  reconciler: Pick<ResourceReconciler, 'pardon'>,
): () => void {
  return identities.subscribe((change) => {
    if (change.old === undefined) return;
    if (change.new !== undefined && sameSpec(change.old, change.new)) return;
    for (const resource of [change.old.resource, change.new?.resource])
      if (resource !== undefined) reconciler.pardon(resource.key);
  });
}

/** Conditions, labels and the like play no part. */
function sameSpec(a: AzureIdentity, b: AzureIdentity): boolean {
  return JSON.stringify(a.spec) === JSON.stringify(b.spec);
}
