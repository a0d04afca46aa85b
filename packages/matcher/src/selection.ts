import { sameClientId, sameResourceId } from '@aad-pod-identity/core';
import { compareGrants, type Grant } from './grant.js';
import type { IdentityRequest } from './identity-request.js';

/**
 * Chooses the grant for a token request (docs/spec.md section 3). A request that names an identity gets a grant with
 * it, or none: it never falls back to another. Named by client ID and by resource ID, the identity must be both.
 * Where several fit, the highest binding weight wins, then the first by (namespace, name) of the binding.
 */
export function selectGrant(grants: readonly Grant[], request: IdentityRequest): Grant | undefined {
  let chosen: Grant | undefined;
  for (const grant of grants) {
    if (!isRequested(grant, request)) continue;
    if (chosen === undefined || compareGrants(grant, chosen) < 0) chosen = grant;
  }
  return chosen;
}

function isRequested({ identity }: Grant, { clientId = '', resourceId = '' }: IdentityRequest): boolean {
  if (clientId !== '' && !sameClientId(clientId, identity.spec.clientID)) return false;
  return resourceId === '' || sameResourceId(resourceId, identity.spec.resourceID);
}
