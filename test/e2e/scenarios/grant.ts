import type { UserAssignedIdentity } from '@aad-pod-identity/simulator';
import { azureIdentity, azureIdentityBinding, namespace } from '../world/identities.js';
import type { World } from '../world/world.js';

/** Makes an identity in Azure, and declares and binds it in a namespace, all of the same name. */
export async function grant(
  { azure, cluster }: World,
  at: { readonly namespace: string; readonly name: string },
): Promise<UserAssignedIdentity> {
  const identity = azure.identity(at.name);
  await cluster.apply(namespace(at.namespace), azureIdentity(at, identity), azureIdentityBinding(at));
  return identity;
}
