import {
  decodeAzureAssignedIdentity,
  type AssignedIdentitySharing,
  type AzureAssignedIdentity,
} from './azure-assigned-identity.js';
import type { AzureIdentity } from './azure-identity.js';
import type { AzureIdentityBinding } from './azure-identity-binding.js';
import type { Decoded } from './decoded.js';
import { DecodedOnce } from './decoded-once.js';
import { Sharing } from './sharing.js';

/**
 * Makes a decoder like `decodeAzureAssignedIdentity` whose results share what is equal in them: embedded identities and
 * bindings, annotations, names of nodes, conditions of one second. Every object embeds an identity and a binding whole, so that thousands of
 * assignments repeat a few hundred of them: whoever holds all of a cluster needs a fraction of the memory. What is
 * decoded is the same either way.
 */
export function assignedIdentityDecoder(): (json: unknown) => Decoded<AzureAssignedIdentity> {
  const sharing: AssignedIdentitySharing = {
    identities: new DecodedOnce<AzureIdentity>(),
    bindings: new DecodedOnce<AzureIdentityBinding>(),
    annotations: new Sharing((annotations) => Object.values(annotations).join()),
    nodeNames: new Sharing((name) => name),
    conditions: new Sharing(({ ready }) => `${ready?.reason ?? ''} ${ready?.lastTransitionTime ?? ''}`),
  };
  return (json) => decodeAzureAssignedIdentity(json, sharing);
}
