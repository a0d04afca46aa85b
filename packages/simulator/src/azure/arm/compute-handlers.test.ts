import { describe, expect, it } from 'vitest';
import { azureWorld, subscriptionId, tenantId, type AzureWorld } from '../../testing/azure-world.js';
import type { Caller } from './arm-request.js';
import type { Loose } from '../../testing/loose.js';

function prepared(options?: Parameters<typeof azureWorld>[0]): AzureWorld & { mic: Caller } {
  const world = azureWorld(options);
  for (const name of ['one', 'two']) world.populate.identity({ name });
  const mic = world.caller('mic');
  world.populate.roleAssignment({ principal: 'mic', role: 'Virtual Machine Contributor' });
  world.populate.roleAssignment({ principal: 'mic', role: 'Managed Identity Operator' });
  world.populate.virtualMachine({ name: 'vm', tags: { a: 'b' } });
  world.populate.scaleSet({ name: 'set', instances: 2 });
  return { ...world, mic };
}

const attach = (...ids: string[]) => ({
  identity: { type: 'UserAssigned', userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, {}])) },
});

describe('GET of a virtual machine', () => {
  it('has the fields of the published answer', () => {
    const { arm, mic, vmId } = prepared();
    const { status, json } = arm(mic, 'GET', vmId('vm'));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      name: 'vm',
      id: vmId('vm'),
      type: 'Microsoft.Compute/virtualMachines',
      location: 'westeurope',
      tags: { a: 'b' },
      properties: {
        vmId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        hardwareProfile: { vmSize: expect.any(String) },
        storageProfile: { osDisk: { osType: 'Linux', createOption: 'FromImage' }, dataDisks: [] },
        osProfile: { computerName: 'vm', adminUsername: expect.any(String) },
        provisioningState: 'Succeeded',
        timeCreated: '2026-01-01T00:00:00.000+00:00',
      },
    });
    expect(json).not.toHaveProperty('identity');
  });

  it('answers in the stored casing whatever the casing of the path', () => {
    const { arm, mic, vmId } = prepared();
    expect(arm(mic, 'GET', vmId('vm').toUpperCase()).json.id).toBe(vmId('vm'));
  });

  it('says 404 for a machine and a resource group that are not there', () => {
    const { arm, mic, vmId, populate } = prepared();
    expect(arm(mic, 'GET', vmId('ghost'))).toMatchObject({
      status: 404,
      json: {
        error: {
          code: 'ResourceNotFound',
          message: expect.stringContaining(
            "The Resource 'Microsoft.Compute/virtualMachines/ghost' under resource group 'rg' was not found.",
          ),
        },
      },
    });
    populate.roleAssignment({ principal: 'mic', role: 'Reader', scope: `/subscriptions/${subscriptionId}` });
    const other = vmId('vm').replace('/rg/', '/other/');
    expect(arm(mic, 'GET', other).json.error).toMatchObject({ code: 'ResourceGroupNotFound' });
    const elsewhere = vmId('vm').replace(subscriptionId, tenantId);
    expect(arm(mic, 'GET', elsewhere).json.error).toMatchObject({ code: 'SubscriptionNotFound' });
  });
});

describe('roles', () => {
  it('refuses reading without Reader or above, in ARM’s words', () => {
    const { arm, caller, vmId } = prepared();
    const nobody = caller('nobody');
    expect(arm(nobody, 'GET', vmId('vm'))).toMatchObject({
      status: 403,
      json: {
        error: {
          code: 'AuthorizationFailed',
          message: `The client '${nobody.clientId}' with object id '${nobody.objectId}' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/read' over scope '${vmId('vm')}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
        },
      },
    });
    const list = arm(nobody, 'GET', vmId('').slice(0, -1));
    expect(list.status).toBe(403);
    expect(list.json.error.message).toContain(
      "over scope '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute'",
    );
  });

  it('grants what the role says, on the scope and below', () => {
    const { arm, caller, vmId, populate, azure } = prepared();
    const reader = caller('reader');
    const { name } = populate.roleAssignment({ principal: 'reader', role: 'Reader' });
    expect(arm(reader, 'GET', vmId('vm')).status).toBe(200);
    expect(arm(reader, 'PATCH', vmId('vm'), { tags: {} }).json.error).toMatchObject({
      code: 'AuthorizationFailed',
      message: expect.stringContaining("'Microsoft.Compute/virtualMachines/write'"),
    });
    azure.roles.remove(name);
    expect(arm(reader, 'GET', vmId('vm')).status).toBe(403);
    populate.roleAssignment({ principal: 'reader', role: 'Reader', scope: vmId('vm') });
    expect(arm(reader, 'GET', vmId('vm')).status).toBe(200);
    expect(arm(reader, 'GET', vmId('vm2')).status).toBe(403);
  });

  it('refuses to attach identities without Managed Identity Operator, and quotes them', () => {
    const { arm, caller, populate, vmId, identityId } = prepared();
    const weak = caller('weak');
    populate.roleAssignment({ principal: 'weak', role: 'Contributor', scope: vmId('vm') });
    populate.roleAssignment({ principal: 'weak', role: 'Managed Identity Operator', scope: 'one' });
    populate.identity({ name: 'three' });
    const answer = arm(
      weak,
      'PATCH',
      vmId('vm'),
      attach(identityId('one'), identityId('two'), identityId('three')),
    );
    expect(answer.status).toBe(403);
    const action = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action';
    expect(answer.json.error).toEqual({
      code: 'LinkedAuthorizationFailed',
      message: `The client '${weak.clientId}' with object id '${weak.objectId}' has permission to perform action 'Microsoft.Compute/virtualMachines/write' on scope '${vmId('vm')}'; however, it does not have permission to perform action(s) '${action},${action}' on the linked scope(s) '${identityId('two')},${identityId('three')}' (respectively) or the linked scope(s) are invalid.`,
    });
    const removal = { identity: { type: 'None', userAssignedIdentities: { [identityId('two')]: null } } };
    expect(arm(weak, 'PATCH', vmId('vm'), removal).status).toBe(200);
  });
});

describe('PATCH of identities', () => {
  it('attaches: shown at once, an operation under way, usable when it is over', async () => {
    const { arm, mic, vmId, identityId, azure, clock } = prepared();
    const upper = identityId('one').replace('resourcegroups', 'RESOURCEGROUPS');
    const answer = arm(mic, 'PATCH', vmId('vm'), attach(upper));
    const one = azure.identities.get(identityId('one'))!;
    expect(answer.status).toBe(200);
    expect(answer.json.properties.provisioningState).toBe('Updating');
    expect(answer.json.identity).toEqual({
      type: 'UserAssigned',
      userAssignedIdentities: { [upper]: { principalId: one.principalId, clientId: one.clientId } },
    });
    expect(answer.headers['Retry-After']).toBe('10');
    const operation = answer.headers['Azure-AsyncOperation']!;
    expect(operation).toMatch(
      /^https:\/\/arm\.test\/subscriptions\/11111111-2222-3333-4444-555555555555\/providers\/Microsoft\.Compute\/locations\/westeurope\/operations\/[0-9a-f-]{36}\?api-version=2024-07-01$/,
    );
    expect(answer.headers['Location']).toContain('monitor=true');
    const local = operation.replace('https://arm.test', '');
    expect(arm(mic, 'GET', local)).toMatchObject({
      status: 200,
      json: { status: 'InProgress', startTime: '2026-01-01T00:00:00.000+00:00' },
    });
    expect(arm(mic, 'GET', `${local}&monitor=true`).status).toBe(202);
    expect(azure.compute.get(vmId('vm'))!.effectiveIdentity.userAssigned.size).toBe(0);
    await clock.advance(15_000);
    expect(arm(mic, 'GET', local).json).toEqual({
      startTime: '2026-01-01T00:00:00.000+00:00',
      endTime: '2026-01-01T00:00:15.000+00:00',
      status: 'Succeeded',
      name: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(arm(mic, 'GET', `${local}&monitor=true`)).toMatchObject({ status: 200, json: { name: 'vm' } });
    expect(azure.compute.get(vmId('vm'))!.effectiveIdentity.userAssigned.size).toBe(1);
  });

  it('lets one operation run at a time on a resource', async () => {
    const { arm, mic, scaleSetId, vmId, identityId, clock } = prepared();
    expect(arm(mic, 'PATCH', scaleSetId('set'), attach(identityId('one'))).status).toBe(202);
    expect(arm(mic, 'PATCH', scaleSetId('set'), attach(identityId('two')))).toMatchObject({
      status: 409,
      json: { error: { code: 'Conflict' } },
    });
    expect(arm(mic, 'PATCH', vmId('vm'), attach(identityId('two'))).status).toBe(200);
    await clock.advance(50_000);
    expect(arm(mic, 'PATCH', scaleSetId('set'), attach(identityId('two'))).status).toBe(202);
    expect(Object.keys(arm(mic, 'GET', scaleSetId('set')).json.identity.userAssignedIdentities)).toHaveLength(
      2,
    );
  });

  it('refuses to touch what is being deleted', () => {
    const { arm, mic, vmId, identityId, azure } = prepared();
    azure.compute.get(vmId('vm'))!.provisioningState = 'Deleting';
    expect(arm(mic, 'GET', vmId('vm')).json.properties.provisioningState).toBe('Deleting');
    expect(arm(mic, 'PATCH', vmId('vm'), attach(identityId('one')))).toMatchObject({
      status: 409,
      json: {
        error: { code: 'OperationNotAllowed', message: expect.stringContaining('marked for deletion') },
      },
    });
  });

  it('refuses a stale If-Match', () => {
    const { arm, mic, vmId } = prepared();
    const { ETag = '' } = arm(mic, 'GET', vmId('vm')).headers;
    expect(arm(mic, 'PATCH', vmId('vm'), { tags: { c: 'd' } }, { 'if-match': ETag }).status).toBe(200);
    expect(arm(mic, 'PATCH', vmId('vm'), { tags: {} }, { 'if-match': ETag })).toMatchObject({
      status: 412,
      json: { error: { code: 'PreconditionFailed' } },
    });
  });

  it('names every deleted identity that the PATCH would attach', () => {
    const { arm, mic, vmId, identityId } = prepared();
    const body = attach(identityId('one'), identityId('gone'), identityId('lost'));
    expect(arm(mic, 'PATCH', vmId('vm'), body)).toMatchObject({
      status: 400,
      json: {
        error: {
          code: 'FailedIdentityOperation',
          message: `Identity operation for resource '${vmId('vm')}' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Response: '{"error":{"code":"BadRequest","message":"Resource '${identityId('gone')}' was not found. Resource '${identityId('lost')}' was not found."}}'.'.`,
        },
      },
    });
    expect(arm(mic, 'GET', vmId('vm')).json).not.toHaveProperty('identity');
  });

  it('shows nulls for an identity that was deleted and made again, until it is detached and attached again', async () => {
    const { arm, mic, vmId, identityId, populate, azure, clock } = prepared();
    populate.roleAssignment({ principal: 'mic', role: 'Owner' });
    const id = identityId('one');
    arm(mic, 'PATCH', vmId('vm'), attach(id, identityId('two')));
    await clock.advance(15_000);
    expect(arm(mic, 'DELETE', id).status).toBe(200);
    expect(arm(mic, 'PUT', id, { location: 'westeurope' }).status).toBe(201);
    const shown = () => arm(mic, 'GET', vmId('vm')).json.identity.userAssignedIdentities[id];
    expect(shown()).toEqual({ principalId: null, clientId: null });
    arm(mic, 'PATCH', vmId('vm'), attach(id));
    await clock.advance(15_000);
    expect(shown()).toEqual({ principalId: null, clientId: null });
    arm(mic, 'PATCH', vmId('vm'), {
      identity: { type: 'UserAssigned', userAssignedIdentities: { [id]: null } },
    });
    await clock.advance(15_000);
    arm(mic, 'PATCH', vmId('vm'), attach(id));
    expect(shown()).toMatchObject({ clientId: azure.identities.get(id)!.clientId });
  });

  it.each([
    ['SystemAssigned, UserAssigned', true, 1],
    ['userassigned,systemassigned', true, 1],
    ['UserAssigned', false, 1],
    ['SystemAssigned', true, 0],
    ['None', false, 0],
  ])('type %s leaves system-assigned %s and %i others', async (type, systemAssigned, others) => {
    const { arm, mic, vmId, populate } = prepared();
    populate.virtualMachine({ name: 'both', systemAssigned: true, userAssigned: ['one'] });
    expect(arm(mic, 'PATCH', vmId('both'), { identity: { type } }).status).toBe(200);
    const { identity } = arm(mic, 'GET', vmId('both')).json;
    expect(identity?.principalId !== undefined).toBe(systemAssigned);
    expect(Object.keys(identity?.userAssignedIdentities ?? {})).toHaveLength(others);
  });

  it('refuses what has no sense', () => {
    const { arm, mic, vmId, identityId } = prepared();
    const patch = (identity: unknown) => arm(mic, 'PATCH', vmId('vm'), { identity }).json.error?.code;
    expect(patch({ type: 'Mine' })).toBe('InvalidIdentityType');
    expect(patch({ type: 'SystemAssigned', userAssignedIdentities: { [identityId('one')]: {} } })).toBe(
      'InvalidIdentityType',
    );
    expect(patch({ type: 'UserAssigned', userAssignedIdentities: { nonsense: {} } })).toBe(
      'LinkedInvalidPropertyId',
    );
    expect(patch({ type: 'UserAssigned' })).toBe('FailedIdentityOperation');
    expect(patch('x')).toBe('InvalidRequestContent');
    const many = Object.fromEntries(Array.from({ length: 151 }, (_, index) => [identityId(`i${index}`), {}]));
    expect(patch({ type: 'UserAssigned', userAssignedIdentities: many })).toBe('InvalidIdentityCount');
    expect(arm(mic, 'PATCH', vmId('vm'), 'text').json.error.code).toBe('InvalidRequestContent');
  });

  it('can fail in the end, as asked for, and leaves things as they were', async () => {
    const { arm, mic, vmId, identityId, azure, clock } = prepared();
    azure.compute.failNextUpdate(vmId('vm'), {
      code: 'VMAgentStatusCommunicationError',
      message: 'No agent.',
    });
    const operation = arm(mic, 'PATCH', vmId('vm'), attach(identityId('one'))).headers[
      'Azure-AsyncOperation'
    ]!;
    await clock.advance(15_000);
    const local = operation.replace('https://arm.test', '');
    expect(arm(mic, 'GET', local).json).toMatchObject({
      status: 'Failed',
      error: { code: 'VMAgentStatusCommunicationError', message: 'No agent.' },
    });
    expect(arm(mic, 'GET', `${local}&monitor=true`).json.error.code).toBe('VMAgentStatusCommunicationError');
    const after = arm(mic, 'GET', vmId('vm')).json;
    expect(after.properties.provisioningState).toBe('Failed');
    expect(after).not.toHaveProperty('identity');
  });
});

describe('an update of what is deleted meanwhile', () => {
  it('has failed, and does not touch what has the name afterwards', async () => {
    const { arm, mic, vmId, identityId, azure, clock, populate } = prepared();
    const { headers } = arm(mic, 'PATCH', vmId('vm'), attach(identityId('one')));
    azure.compute.delete(vmId('vm'));
    populate.virtualMachine({ name: 'vm' });
    await clock.advance(15_000);
    const local = headers['Azure-AsyncOperation']!.replace('https://arm.test', '');
    expect(arm(mic, 'GET', local).json).toMatchObject({
      status: 'Failed',
      error: { code: 'OperationPreempted' },
    });
    expect(arm(mic, 'GET', vmId('vm')).json).not.toHaveProperty('identity');
  });
});

describe('lists', () => {
  it('come in pages with a link to the next', () => {
    const { arm, mic, populate, vmId } = prepared({ pageSize: 2 });
    for (const name of ['a', 'b', 'c', 'd']) populate.virtualMachine({ name });
    const names: string[] = [];
    let link: string | undefined = vmId('').slice(0, -1);
    while (link !== undefined) {
      const { json } = arm(mic, 'GET', link.replace('https://arm.test', ''));
      expect(json.value.length).toBeLessThanOrEqual(2);
      names.push(...json.value.map((vm: { name: string }) => vm.name));
      link = json.nextLink;
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'vm']);
  });

  it('show the instances of a scale set, but not among the virtual machines', () => {
    const { arm, mic, vmId, scaleSetId } = prepared();
    const { json } = arm(mic, 'GET', `${scaleSetId('set')}/virtualMachines`);
    expect(
      json.value.map((vm: Loose) => [vm.name, vm.instanceId, vm.properties.osProfile.computerName]),
    ).toEqual([
      ['set_0', '0', 'set000000'],
      ['set_1', '1', 'set000001'],
    ]);
    expect(arm(mic, 'GET', vmId('').slice(0, -1)).json.value).toHaveLength(1);
    expect(arm(mic, 'GET', `${scaleSetId('set')}/virtualMachines/1`).json.id).toBe(
      `${scaleSetId('set')}/virtualMachines/1`,
    );
    expect(arm(mic, 'GET', `${scaleSetId('set')}/virtualMachines/9`).status).toBe(404);
  });
});

describe('limits', () => {
  const limits = { reads: { perMinute: 12, burst: 36 }, writes: { perMinute: 4, burst: 12 } };

  it('answers 429 with Retry-After beyond the burst, for each resource by itself', async () => {
    const { arm, mic, vmId, scaleSetId, clock } = prepared({ limits });
    for (let count = 0; count < 36; count++) expect(arm(mic, 'GET', vmId('vm')).status).toBe(200);
    const refused = arm(mic, 'GET', vmId('vm'));
    expect(refused).toMatchObject({ status: 429, headers: { 'Retry-After': '5' } });
    expect(refused.json.error.details[0]).toMatchObject({ code: 'TooManyRequests', target: 'GetVMResource' });
    expect(arm(mic, 'GET', scaleSetId('set')).status).toBe(200);
    await clock.advance(5_000);
    expect(arm(mic, 'GET', vmId('vm')).status).toBe(200);
    expect(arm(mic, 'GET', vmId('vm')).status).toBe(429);
  });

  it('counts writes apart from reads', async () => {
    const { arm, mic, vmId, clock } = prepared({ limits });
    let accepted = 0;
    for (let count = 0; count < 13; count++) {
      if (arm(mic, 'PATCH', vmId('vm'), { tags: {} }).status !== 429) accepted++;
    }
    expect(accepted).toBe(12);
    await clock.advance(15_000);
    expect(arm(mic, 'PATCH', vmId('vm'), { tags: {} }).status).toBe(200);
  });
});

describe('every request', () => {
  it('needs an api-version', () => {
    const { azure, mic, vmId } = prepared();
    const send = (query: string) =>
      azure.arm({ method: 'GET', target: `${vmId('vm')}${query}`, headers: {}, body: '' }, mic);
    expect(send('')).toMatchObject({ status: 400, body: { error: { code: 'MissingApiVersionParameter' } } });
    expect(send('?api-version=latest')).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidApiVersionParameter' } },
    });
    expect(send('?api-version=2026-04-01').status).toBe(200);
  });

  it('gets 405 for a method and 404 for a path that is not served', () => {
    const { arm, mic, vmId } = prepared();
    expect(arm(mic, 'PUT', vmId('vm'), {})).toMatchObject({ status: 405, headers: { Allow: 'GET, PATCH' } });
    expect(arm(mic, 'GET', '/tenants').status).toBe(404);
  });
});
