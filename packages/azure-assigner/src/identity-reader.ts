/**
 * What Azure says about a user-assigned identity.
 *
 * @module
 */
import type { IdentityResourceId } from '@aad-pod-identity/core';
import type { IdentityReading } from '@aad-pod-identity/matcher';

/** Reads identities. No method rejects. */
export interface IdentityReader {
  read(identity: IdentityResourceId, signal: AbortSignal): Promise<IdentityReading>;
}
