/**
 * `Microsoft.Authorization/roleAssignments`: giving and taking roles.
 *
 * @module
 */
import { ArmFailure } from '../arm-failure.js';
import { idKey, isWithin } from '../resource-id.js';
import type { RoleAssignment } from '../role-assignments.js';
import { findRoleDefinition } from '../role-definitions.js';
import { jsonBody, parameter, type ArmCall, type ArmResponse } from './arm-request.js';
import type { ArmState } from './arm-state.js';
import { authorize } from './authorization.js';
import { page } from './paging.js';

const type = 'Microsoft.Authorization/roleAssignments';

/**
 * `GET {scope}/…/roleAssignments`: those with effect on the scope and those below it. Of the filters that exist,
 * `atScope()`, `principalId eq '…'` and `assignedTo('…')` are known.
 */
export function listRoleAssignments(state: ArmState, call: ArmCall): ArmResponse {
  const scope = parameter(call, 'scope') || '/';
  authorize(state.roles, call.caller, `${type}/read`, scope);
  const filter = call.query.get('$filter') ?? '';
  const principal = /(?:principalId eq|assignedTo\()\s*'([^']+)'/i.exec(filter)?.[1]?.toLowerCase();
  const found = state.roles
    .list()
    .filter(
      (assignment) =>
        isWithin(scope, assignment.scope) ||
        (!/atScope\(\)/i.test(filter) && isWithin(assignment.scope, scope)),
    )
    .filter((assignment) => principal === undefined || assignment.principalId.toLowerCase() === principal);
  return { status: 200, headers: {}, body: page(call, found, showRoleAssignment, state) };
}

/** `GET` of one. */
export function getRoleAssignment(state: ArmState, call: ArmCall): ArmResponse {
  const scope = parameter(call, 'scope') || '/';
  const name = parameter(call, 'name');
  authorize(state.roles, call.caller, `${type}/read`, scope);
  const assignment = state.roles.get(scope, name);
  if (assignment === undefined) {
    throw new ArmFailure(404, 'RoleAssignmentNotFound', `The role assignment '${name}' is not found.`);
  }
  return { status: 200, headers: {}, body: showRoleAssignment(assignment) };
}

/** `PUT`: gives a role. */
export function putRoleAssignment(state: ArmState, call: ArmCall): ArmResponse {
  const scope = parameter(call, 'scope') || '/';
  const name = parameter(call, 'name');
  authorize(state.roles, call.caller, `${type}/write`, scope);
  const { roleId, principalId } = parseProperties(jsonBody(call)['properties']);
  const role = findRoleDefinition(roleId);
  if (role === undefined) {
    const message = `The specified role definition with ID '${roleId.split('/').at(-1) ?? ''}' does not exist.`;
    throw new ArmFailure(404, 'RoleDefinitionDoesNotExist', message);
  }
  const same = state.roles
    .list()
    .find(
      (one) =>
        idKey(one.scope) === idKey(scope) && one.principalId === principalId && one.role.id === role.id,
    );
  if (same !== undefined) {
    const message = `The role assignment already exists. The ID of the existing role assignment is ${same.name.replaceAll('-', '')}.`;
    throw new ArmFailure(409, 'RoleAssignmentExists', message);
  }
  const assignment = state.roles.add({ scope, name, principalId, role: role.id });
  return { status: 201, headers: {}, body: showRoleAssignment(assignment) };
}

/** `DELETE`: takes a role. */
export function deleteRoleAssignment(state: ArmState, call: ArmCall): ArmResponse {
  const scope = parameter(call, 'scope') || '/';
  authorize(state.roles, call.caller, `${type}/delete`, scope);
  const assignment = state.roles.get(scope, parameter(call, 'name'));
  if (assignment === undefined) return { status: 204, headers: {} };
  state.roles.remove(assignment.name);
  return { status: 200, headers: {}, body: showRoleAssignment(assignment) };
}

function showRoleAssignment(assignment: RoleAssignment): Record<string, unknown> {
  const { name, scope, principalId, role, createdOn } = assignment;
  const base = scope === '/' ? '' : scope;
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? '';
  const created = new Date(createdOn).toISOString();
  return {
    properties: {
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role.id}`,
      principalId,
      principalType: 'ServicePrincipal',
      scope,
      createdOn: created,
      updatedOn: created,
    },
    id: `${base}/providers/${type}/${name}`,
    type,
    name,
  };
}

function parseProperties(properties: unknown): { roleId: string; principalId: string } {
  const { roleDefinitionId, principalId } = (properties ?? {}) as Record<string, unknown>;
  if (typeof roleDefinitionId !== 'string' || typeof principalId !== 'string') {
    throw new ArmFailure(
      400,
      'InvalidCreateRoleAssignmentRequest',
      "The request to create role assignment is not valid. 'properties' must have 'roleDefinitionId' and 'principalId'.",
    );
  }
  return { roleId: roleDefinitionId, principalId };
}
