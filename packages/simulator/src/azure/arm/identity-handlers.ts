/**
 * `Microsoft.ManagedIdentity/userAssignedIdentities`: reading, creating and deleting identities.
 *
 * @module
 */
import { userAssignedIdentityId } from '../resource-id.js';
import type { UserAssignedIdentity } from '../user-assigned-identities.js';
import { jsonBody, parameter, type ArmCall, type ArmResponse } from './arm-request.js';
import { requireResourceGroup, requireSubscription, type ArmState } from './arm-state.js';
import { authorize } from './authorization.js';
import { resourceNotFound } from './missing.js';
import { page } from './paging.js';

const type = 'Microsoft.ManagedIdentity/userAssignedIdentities';

/** `GET …/userAssignedIdentities`, of a resource group or of a whole subscription. */
export function listIdentities(state: ArmState, call: ArmCall): ArmResponse {
  const subscription = parameter(call, 'subscription');
  requireSubscription(state, subscription);
  const group = call.parameters['group'];
  const scope = `/subscriptions/${subscription}${group === undefined ? '' : `/resourceGroups/${group}`}`;
  authorize(state.roles, call.caller, `${type}/read`, `${scope}/providers/Microsoft.ManagedIdentity`);
  if (group !== undefined) requireResourceGroup(state, subscription, group);
  return { status: 200, headers: {}, body: page(call, state.identities.list(scope), showIdentity, state) };
}

/** `GET` of one. */
export function getIdentity(state: ArmState, call: ArmCall): ArmResponse {
  const { id, group, name } = allowed(state, call, 'read');
  const identity = state.identities.get(id);
  if (identity === undefined) throw resourceNotFound(type, name, group);
  return { status: 200, headers: {}, body: showIdentity(identity) };
}

/** `PUT`: creates it, or changes its tags. */
export function putIdentity(state: ArmState, call: ArmCall): ArmResponse {
  const { subscription, id, group, name } = allowed(state, call, 'write');
  const body = jsonBody(call);
  const location =
    typeof body['location'] === 'string'
      ? body['location']
      : requireResourceGroup(state, subscription, group);
  const status = state.identities.get(id) === undefined ? 201 : 200;
  const identity = state.identities.put({
    subscriptionId: subscription,
    resourceGroup: group,
    name,
    location: location.toLowerCase().replaceAll(' ', ''),
    ...(isTags(body['tags']) && { tags: body['tags'] }),
  });
  return { status, headers: {}, body: showIdentity(identity) };
}

/** `DELETE`. What stood on it in role assignments goes with it; resources that have it keep a dead entry. */
export function deleteIdentity(state: ArmState, call: ArmCall): ArmResponse {
  const { id } = allowed(state, call, 'delete');
  const deleted = state.identities.delete(id);
  if (deleted) state.roles.removeWithin(id);
  return { status: deleted ? 200 : 204, headers: {} };
}

function allowed(
  state: ArmState,
  call: ArmCall,
  verb: 'read' | 'write' | 'delete',
): { subscription: string; group: string; name: string; id: string } {
  const subscription = parameter(call, 'subscription');
  const group = parameter(call, 'group');
  const name = parameter(call, 'name');
  const id = userAssignedIdentityId(subscription, group, name);
  requireSubscription(state, subscription);
  authorize(state.roles, call.caller, `${type}/${verb}`, id);
  requireResourceGroup(state, subscription, group);
  return { subscription, group, name, id };
}

function showIdentity(identity: UserAssignedIdentity): Record<string, unknown> {
  const { id, name, location, tags, tenantId, principalId, clientId } = identity;
  return { id, name, type, location, tags, properties: { tenantId, principalId, clientId } };
}

function isTags(tags: unknown): tags is Record<string, string> {
  return (
    typeof tags === 'object' &&
    tags !== null &&
    Object.values(tags).every((value) => typeof value === 'string')
  );
}
