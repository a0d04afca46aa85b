import type { AzureAssignedIdentity } from '@aad-pod-identity/core';
import type { Store } from '@aad-pod-identity/kubernetes';
import type { AssignedIdentities } from './assignment-writer.js';

/** The store that the watch fills, as the writer sees it: an older version from the watch never undoes a write. */
export function assignedIdentityStore(store: Store<AzureAssignedIdentity>): AssignedIdentities {
  return {
    get: (key) => store.get(key),
    wrote: (assigned) => {
      const { namespace, name, uid, resourceVersion } = assigned;
      store.set({ namespace, name, uid, resourceVersion, value: assigned });
    },
    removed: (key) => store.delete(key),
  };
}
