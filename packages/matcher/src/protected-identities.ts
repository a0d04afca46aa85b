import { parseIdentityResourceId } from '@aad-pod-identity/core';

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

  #protect(name: string, protection: Protection): void {
    const trimmed = name.trim();
    if (trimmed !== '')
      this.#protections.set(parseIdentityResourceId(trimmed)?.key ?? trimmed.toLowerCase(), protection);
  }
}
