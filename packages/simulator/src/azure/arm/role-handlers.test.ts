import { describe, expect, it } from 'vitest';
import { azureWorld, subscriptionId } from '../../testing/azure-world.js';
import type { Loose } from '../../testing/loose.js';

const name = '05c5a614-a7d6-4502-b150-c2fb455033ff';
const group = `/subscriptions/${subscriptionId}/resourceGroups/rg`;
const path = (scope: string, id = '') =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments${id && `/${id}`}`;
const reader = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`;

function prepared() {
  const world = azureWorld();
  const owner = world.caller('owner');
  world.populate.roleAssignment({ principal: 'owner', role: 'Owner' });
  world.populate.virtualMachine({ name: 'vm' });
  return { ...world, owner, app: world.caller('app') };
}

describe('role assignments', () => {
  it('are given, counted from then on, shown and taken', () => {
    const { arm, owner, app, vmId } = prepared();
    const properties = { roleDefinitionId: reader, principalId: app.objectId };
    expect(arm(app, 'GET', vmId('vm')).status).toBe(403);
    const given = arm(owner, 'PUT', path(vmId('vm'), name), { properties });
    expect(given).toMatchObject({
      status: 201,
      json: {
        id: path(vmId('vm'), name),
        name,
        type: 'Microsoft.Authorization/roleAssignments',
        properties: { ...properties, scope: vmId('vm'), principalType: 'ServicePrincipal' },
      },
    });
    expect(arm(app, 'GET', vmId('vm')).status).toBe(200);
    expect(arm(owner, 'GET', path(vmId('vm'), name)).json).toEqual(given.json);
    expect(
      arm(owner, 'PUT', path(vmId('vm'), '15c5a614-a7d6-4502-b150-c2fb455033ff'), { properties }),
    ).toMatchObject({
      status: 409,
      json: { error: { code: 'RoleAssignmentExists' } },
    });
    expect(arm(owner, 'DELETE', path(vmId('vm'), name)).status).toBe(200);
    expect(arm(owner, 'DELETE', path(vmId('vm'), name)).status).toBe(204);
    expect(arm(app, 'GET', vmId('vm')).status).toBe(403);
    expect(arm(owner, 'GET', path(vmId('vm'), name)).json.error.code).toBe('RoleAssignmentNotFound');
  });

  it('are given only by who may: a Contributor may not', () => {
    const { arm, app, populate } = prepared();
    populate.roleAssignment({ principal: 'app', role: 'Contributor' });
    const body = { properties: { roleDefinitionId: reader, principalId: app.objectId } };
    expect(arm(app, 'PUT', path(group, name), body)).toMatchObject({
      status: 403,
      json: {
        error: {
          code: 'AuthorizationFailed',
          message: expect.stringContaining('Microsoft.Authorization/roleAssignments/write'),
        },
      },
    });
  });

  it('must name a role and a principal', () => {
    const { arm, owner, app } = prepared();
    const put = (properties: unknown) => arm(owner, 'PUT', path(group, name), { properties }).json.error.code;
    expect(put(undefined)).toBe('InvalidCreateRoleAssignmentRequest');
    expect(put({ roleDefinitionId: 'x/y', principalId: app.objectId })).toBe('RoleDefinitionDoesNotExist');
  });

  it('are listed with those above and below, or filtered', () => {
    const { arm, owner, app, populate, vmId } = prepared();
    populate.roleAssignment({ principal: 'app', role: 'Reader', scope: vmId('vm') });
    const scopes = (filter = '') =>
      arm(
        owner,
        'GET',
        `${path(group)}?${new URLSearchParams({ ...(filter && { $filter: filter }), 'api-version': '2022-04-01' }).toString()}`,
      ).json.value.map((one: Loose) => one.properties.scope);
    expect(scopes()).toEqual([group, vmId('vm')]);
    expect(scopes('atScope()')).toEqual([group]);
    expect(scopes(`principalId eq '${app.objectId}'`)).toEqual([vmId('vm')]);
  });

  it('know the built-in roles by name only', () => {
    const { populate } = prepared();
    expect(() => populate.roleAssignment({ principal: 'app', role: 'King' })).toThrow(
      /no built-in role 'King'/,
    );
  });
});
