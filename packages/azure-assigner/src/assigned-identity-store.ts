import { ASSIGNED_IDENTITY_FINALIZER, objectKey, type AzureAssignedIdentity } from '@aad-pod-identity/core';
import type { Store } from '@aad-pod-identity/kubernetes';
import type { AssignedIdentities } from './assignment-writer.js';

/** The store that the watch fills, as the writer sees it: what the watch says late never undoes a write. */
export function assignedIdentityStore(store: Store<AzureAssignedIdentity>): AssignedIdentities {
  return {
    get: (key) => store.get(key),
    wrote: (assigned) => {
      const { namespace, name, uid, resourceVersion } = assigned;
      store.set({ namespace, name, uid, resourceVersion, value: assigned });
    },
    removed(assigned) {
      const key = objectKey(assigned);
      // What others hold stays until they let go.
      const held = assigned.finalizers.some((name) => name !== ASSIGNED_IDENTITY_FINALIZER);
      if (held) store.delete(key);
      else store.expunge(key, assigned.uid);
    },
  };
}
