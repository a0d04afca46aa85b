/**
 * What Azure says about a user-assigned identity.
 *
 * @module
 */
import type { IdentityResourceId } from '@aad-pod-identity/core';

/** The answer for one identity. */
export type IdentityReading =
  | { readonly kind: 'found'; readonly clientId: string }
  | { readonly kind: 'not-found' }
  /** It cannot be told: no rights to read it, no answer, … */
  | { readonly kind: 'unknown'; readonly message: string };

/** Reads identities. No method rejects. */
export interface IdentityReader {
  read(identity: IdentityResourceId, signal: AbortSignal): Promise<IdentityReading>;
}
