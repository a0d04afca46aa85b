import type { Grant } from './grant.js';
import type { IdentityRequest } from './identity-request.js';

/**
 * Chooses the grant for a token request (docs/spec.md section 3). A request that names an identity gets a grant with
 * it, or none: it never falls back to another. One that names none gets the highest weight, then the first by binding.
 */
export declare function selectGrant(grants: readonly Grant[], request: IdentityRequest): Grant | undefined;
