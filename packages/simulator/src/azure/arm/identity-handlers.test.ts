import { describe, expect, it } from 'vitest';
import { azureWorld, subscriptionId, tenantId } from '../../testing/azure-world.js';
import type { Loose } from '../../testing/loose.js';

function prepared() {
  const world = azureWorld();
  const owner = world.caller('owner');
  world.populate.roleAssignment({ principal: 'owner', role: 'Owner' });
  return { ...world, owner };
}

describe('a user-assigned identity', () => {
  it('has the fields of the published answer, with resourcegroups in lower case', () => {
    const { arm, owner, populate, identityId } = prepared();
    const { principalId, clientId } = populate.identity({ name: 'app', tags: { key1: 'value1' } });
    expect(arm(owner, 'GET', identityId('app').replace('resourcegroups', 'resourceGroups'))).toMatchObject({
      status: 200,
      json: {
        id: identityId('app'),
        location: 'westeurope',
        name: 'app',
        properties: { clientId, principalId, tenantId },
        tags: { key1: 'value1' },
        type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
      },
    });
  });

  it('is created with 201, changed with 200, deleted with 200 and then 204', () => {
    const { arm, owner, identityId } = prepared();
    const created = arm(owner, 'PUT', identityId('new'), { location: 'West Europe', tags: { a: 'b' } });
    expect(created).toMatchObject({ status: 201, json: { location: 'westeurope', tags: { a: 'b' } } });
    const changed = arm(owner, 'PUT', identityId('new'), { location: 'westeurope', tags: {} });
    expect(changed).toMatchObject({ status: 200, json: { properties: created.json.properties, tags: {} } });
    expect(arm(owner, 'DELETE', identityId('new')).status).toBe(200);
    expect(arm(owner, 'DELETE', identityId('new')).status).toBe(204);
    expect(arm(owner, 'GET', identityId('new'))).toMatchObject({
      status: 404,
      json: { error: { code: 'ResourceNotFound' } },
    });
    const again = arm(owner, 'PUT', identityId('new'), { location: 'westeurope' });
    expect(again.json.properties.principalId).not.toBe(created.json.properties.principalId);
  });

  it('is listed by resource group and by subscription', () => {
    const { arm, owner, populate } = prepared();
    populate.roleAssignment({
      principal: 'owner',
      role: 'Reader',
      scope: `/subscriptions/${subscriptionId}`,
    });
    populate.identity({ name: 'b' });
    populate.identity({ name: 'a', resourceGroup: 'other' });
    const list = (scope: string) =>
      arm(owner, 'GET', `${scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`).json.value.map(
        (one: Loose) => one.name,
      );
    expect(list(`/subscriptions/${subscriptionId}/resourceGroups/rg`)).toEqual(['b']);
    expect(list(`/subscriptions/${subscriptionId}`)).toEqual(['a', 'b']);
  });

  it('may be read, but not deleted, by a Managed Identity Operator', () => {
    const { arm, caller, populate, identityId } = prepared();
    populate.identity({ name: 'app' });
    const operator = caller('operator');
    populate.roleAssignment({ principal: 'operator', role: 'Managed Identity Operator', scope: 'app' });
    expect(arm(operator, 'GET', identityId('app')).status).toBe(200);
    expect(arm(operator, 'DELETE', identityId('app')).json.error.code).toBe('AuthorizationFailed');
  });

  it('takes its role assignments along', () => {
    const { arm, owner, populate, identityId, azure } = prepared();
    populate.identity({ name: 'app' });
    populate.roleAssignment({ principal: 'owner', role: 'Reader', scope: 'app' });
    expect(azure.roles.list()).toHaveLength(2);
    arm(owner, 'DELETE', identityId('app'));
    expect(azure.roles.list()).toHaveLength(1);
  });
});
