import type { AzureIdentity } from '@aad-pod-identity/core';
import type { Lister } from '@aad-pod-identity/kubernetes';
import type { ResourceReconciler } from './resource-reconciler.js';

/**
 * Whoever changes, deletes or recreates an AzureIdentity has put something right: what it names is tried at once, however
 * long Azure has refused it.
 *
 * @param run - called with the keys of the compute resources to run on
 * @returns the function that ends that
 */
export function pardonChangedIdentities(
  identities: Lister<AzureIdentity>,
  reconciler: Pick<ResourceReconciler, 'pardon'>,
  run: (resources: ReadonlySet<string>) => void,
): () => void {
  return identities.subscribe((change) => {
    if (change.old === undefined) return;
    if (change.new !== undefined && sameSpec(change.old, change.new)) return;
    const pardoned = [change.old.resource, change.new?.resource].flatMap((resource) =>
      resource === undefined ? [] : reconciler.pardon(resource.key),
    );
    if (pardoned.length > 0) run(new Set(pardoned));
  });
}

/** Conditions, labels and the like play no part. */
function sameSpec(a: AzureIdentity, b: AzureIdentity): boolean {
  return JSON.stringify(a.spec) === JSON.stringify(b.spec);
}
