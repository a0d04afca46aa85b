import { parseIdentityResourceId } from '@aad-pod-identity/core';
import type { ResourceIdentities } from './identity-patch.js';

/** Identities that are never taken off a resource, each a client ID or a resource ID in any casing. */
export interface Protected {
  /** `--immutable-user-msis`. */
  readonly immutableIdentities: readonly string[];
  /** `userAssignedIdentityID` of the cloud configuration; empty when there is none. */
  readonly clusterIdentity: string;
}

/** Nothing is protected. */
export const NOTHING_PROTECTED: Protected = { immutableIdentities: [], clusterIdentity: '' };

/** Why an identity is never taken off. */
export type Protection = 'immutable' | 'cluster-identity';

/** Decides by the identity's resource key or client ID; prepared once, asked often. */
export class ProtectedIdentities {
  readonly #protections = new Map<string, Protection>();
  /** Those that are given as client IDs, in lower case. */
  readonly #clientIds = new Set<string>();

  constructor(identities: Protected) {
    for (const name of identities.immutableIdentities) this.#protect(name, 'immutable');
    this.#protect(identities.clusterIdentity, 'cluster-identity');
  }

  /** Why the identity is never taken off; undefined when nothing protects it. */
  of(resourceKey: string, clientIds: Iterable<string>): Protection | undefined {
    for (const clientId of clientIds) {
      const protection = this.#protections.get(clientId.toLowerCase());
      if (protection !== undefined) return protection;
    }
    return this.#protections.get(resourceKey);
  }

  /**
   * The same by what the resource itself says of an identity that is on it: an AzureIdentity may give a wrong client ID
   * or none. `unsure`: Azure gives no client ID for it, and a protected client ID is on no other identity of the
   * resource, so it may be this one's.
   */
  ofAttached(resourceKey: string, { userAssigned }: ResourceIdentities): Protection | 'unsure' | undefined {
    const attached = userAssigned.get(resourceKey);
    if (attached === undefined || attached.clientId !== undefined)
      return this.of(resourceKey, attached?.clientId === undefined ? [] : [attached.clientId]);
    const elsewhere = new Set<string>();
    for (const { clientId } of userAssigned.values())
      if (clientId !== undefined) elsewhere.add(clientId.toLowerCase());
    const unseen = [...this.#clientIds].some((clientId) => !elsewhere.has(clientId));
    return this.of(resourceKey, []) ?? (unseen ? 'unsure' : undefined);
  }

  #protect(name: string, protection: Protection): void {
    const trimmed = name.trim();
    if (trimmed === '') return;
    const resourceKey = parseIdentityResourceId(trimmed)?.key;
    if (resourceKey === undefined) this.#clientIds.add(trimmed.toLowerCase());
    this.#protections.set(resourceKey ?? trimmed.toLowerCase(), protection);
  }
}
