import { decodeAzureAssignedIdentity, type AzureAssignedIdentity } from './azure-assigned-identity.js';
import type { Decoded } from './decoded.js';

/** Far more than a cluster has identities and bindings; what is beyond is not shared, only larger. */
const MAX_SHARED = 10_000;

/**
 * Makes a decoder like `decodeAzureAssignedIdentity` whose results share embedded identities and bindings that are
 * equal. Every object embeds both whole, so that thousands of assignments repeat a few hundred of them: whoever holds
 * all of a cluster needs a fraction of the memory. What is decoded is the same either way.
 */
export function assignedIdentityDecoder(): (json: unknown) => Decoded<AzureAssignedIdentity> {
  const identities = new Shared<AzureAssignedIdentity['spec']['azureIdentityRef']>();
  const bindings = new Shared<AzureAssignedIdentity['spec']['azureBindingRef']>();
  return (json) => {
    const decoded = decodeAzureAssignedIdentity(json);
    if (!decoded.ok) return decoded;
    const { spec } = decoded.value;
    const azureIdentityRef = identities.one(spec.azureIdentityRef);
    const azureBindingRef = bindings.one(spec.azureBindingRef);
    return { ...decoded, value: { ...decoded.value, spec: { ...spec, azureIdentityRef, azureBindingRef } } };
  };
}

/** Gives the first of all equal values. */
class Shared<T> {
  readonly #values = new Map<string, T>();

  one(value: T): T {
    const key = JSON.stringify(value);
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    if (this.#values.size >= MAX_SHARED) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
