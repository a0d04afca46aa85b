/**
 * Which role ARM asks for, and how it refuses.
 *
 * @module
 */
import { ArmFailure } from '../arm-failure.js';
import type { RoleAssignments } from '../role-assignments.js';
import type { Caller } from './arm-request.js';

/** Throws ARM's 403 unless the caller may perform the action on the scope. */
export function authorize(roles: RoleAssignments, caller: Caller, action: string, scope: string): void {
  if (roles.allows(caller.objectId, action, scope)) return;
  throw new ArmFailure(
    403,
    'AuthorizationFailed',
    `The client '${caller.clientId}' with object id '${caller.objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

/** What attaching an identity asks for on that identity. */
const assignAction = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action';

/**
 * Throws ARM's 403 `LinkedAuthorizationFailed` unless the caller may assign every one of the identities. `action` on
 * `scope` is what the caller was allowed to do already.
 */
export function authorizeAssignment(
  roles: RoleAssignments,
  caller: Caller,
  identities: readonly string[],
  allowed: { readonly action: string; readonly scope: string },
): void {
  const refused = identities.filter((id) => !roles.allows(caller.objectId, assignAction, id));
  if (refused.length === 0) return;
  const actions = refused.map(() => assignAction).join(',');
  const respectively = refused.length > 1 ? ' (respectively)' : '';
  throw new ArmFailure(
    403,
    'LinkedAuthorizationFailed',
    `The client '${caller.clientId}' with object id '${caller.objectId}' has permission to perform action '${allowed.action}' on scope '${allowed.scope}'; however, it does not have permission to perform action(s) '${actions}' on the linked scope(s) '${refused.join(',')}'${respectively} or the linked scope(s) are invalid.`,
  );
}
