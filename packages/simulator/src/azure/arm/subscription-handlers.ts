/**
 * `/subscriptions`: what a tool asks for right after somebody has signed in.
 *
 * @module
 */
import { isWithin } from '../resource-id.js';
import type { ArmCall, ArmResponse } from './arm-request.js';
import type { ArmState } from './arm-state.js';
import { page } from './paging.js';

/** `GET /subscriptions`: those in which the caller has any role, on the subscription, above it or on something in it. */
export function listSubscriptions(state: ArmState, call: ArmCall): ArmResponse {
  const scopes = state.roles
    .list()
    .filter(({ principalId }) => principalId.toLowerCase() === call.caller.objectId.toLowerCase())
    .map(({ scope }) => scope);
  const subscriptions = new Set([...state.resourceGroups.keys()].map((key) => key.split('/')[0] ?? ''));
  const found = [...subscriptions].filter((id) => {
    const subscription = `/subscriptions/${id}`;
    return scopes.some((scope) => isWithin(scope, subscription) || isWithin(subscription, scope));
  });
  return { status: 200, headers: {}, body: page(call, found, (id) => showSubscription(id, state), state) };
}

function showSubscription(subscriptionId: string, { tenantId }: ArmState): object {
  return {
    id: `/subscriptions/${subscriptionId}`,
    subscriptionId,
    tenantId,
    displayName: 'Simulated',
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
    authorizationSource: 'RoleBased',
    managedByTenants: [],
  };
}
