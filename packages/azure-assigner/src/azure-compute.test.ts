import { VirtualClock, type ComputeResource } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { azureCompute, type AzureComputeOptions, type ComputeCall } from './azure-compute.js';
import { scriptedArm, type ArmAnswer } from './testing/arm-answers.js';

const vm: ComputeResource = {
  type: 'virtualMachines',
  subscriptionId: 'S-1',
  resourceGroup: 'MC_x',
  name: 'v0',
};
const scaleSet: ComputeResource = { ...vm, type: 'virtualMachineScaleSets', name: 'ss' };
const id = (name: string): string =>
  `/subscriptions/s/resourcegroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const running = new AbortController().signal;

function setUp(answers: (ArmAnswer | Error)[], options: Partial<AzureComputeOptions> = {}) {
  const { access, requests } = scriptedArm(answers);
  const calls: ComputeCall[] = [];
  const clock = new VirtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const compute = azureCompute({
    access,
    clock,
    pollIntervalMs: 1,
    onCall: (call) => calls.push(call),
    ...options,
  });
  return { compute, requests, calls, clock };
}

const resource = (userAssignedIdentities: Record<string, unknown>, type = 'UserAssigned') => ({
  status: 200,
  body: {
    name: 'x',
    location: 'we',
    identity: { type, userAssignedIdentities },
    properties: { provisioningState: 'Succeeded' },
  },
});

describe('azureCompute', () => {
  it('reads the identities of a VM', async () => {
    const { compute, requests, calls } = setUp([
      resource({ [id('A')]: { clientId: 'c', principalId: 'p' } }),
    ]);
    const outcome = await compute.get(vm, running);
    expect(outcome).toMatchObject({ ok: true, identities: { systemAssigned: false, deleting: false } });
    if (outcome.ok) expect([...outcome.identities.userAssigned.keys()]).toEqual([id('A').toLowerCase()]);
    expect(requests[0]).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer a.test.token' } });
    expect(requests[0]?.url.pathname).toBe(
      '/subscriptions/S-1/resourceGroups/MC_x/providers/Microsoft.Compute/virtualMachines/v0',
    );
    expect(requests[0]?.headers['user-agent']).toMatch(/^mic\/test /);
    expect(calls).toEqual([{ operation: 'vm_get', resource: vm, seconds: 0, outcome: 'ok' }]);
  });

  it('patches the identity block alone, and follows the operation to its end', async () => {
    const operation =
      'https://management.azure.com/subscriptions/S-1/providers/Microsoft.Compute/operations/1';
    const { compute, requests, calls } = setUp([
      { status: 202, headers: { 'azure-asyncoperation': operation } },
      { status: 200, body: { status: 'InProgress' } },
      { status: 200, body: { status: 'Succeeded' } },
      resource({ [id('a')]: { clientId: 'c' } }),
    ]);
    const patch = {
      type: 'UserAssigned',
      userAssignedIdentities: { [id('a')]: {}, [id('b')]: null },
    } as const;
    const outcome = await compute.patch(scaleSet, patch, [id('a')], running);
    expect(outcome.ok && outcome.identities.userAssigned.has(id('a').toLowerCase())).toBe(true);
    expect(requests.map(({ method }) => method)).toEqual(['PATCH', 'GET', 'GET', 'GET']);
    expect(requests[0]?.body).toEqual({ identity: patch });
    expect(calls.map(({ operation }) => operation)).toEqual(['vmss_update']);
  });

  it('tells of a long-running operation that failed for a bad identity', async () => {
    const { compute } = setUp([
      { status: 202, headers: { 'azure-asyncoperation': 'https://management.azure.com/operations/1' } },
      {
        status: 200,
        body: {
          status: 'Failed',
          error: { code: 'FailedIdentityOperation', message: `Resource '${id('BAD')}' was not found.` },
        },
      },
    ]);
    const patch = {
      type: 'UserAssigned',
      userAssignedIdentities: { [id('bad')]: {}, [id('a')]: {} },
    } as const;
    const outcome = await compute.patch(scaleSet, patch, [id('bad'), id('a')], running);
    expect(outcome).toMatchObject({ ok: false, failure: { kind: 'poison', identities: [id('bad')] } });
  });

  const error = (status: number, code: string, message = 'm', headers = {}): ArmAnswer => ({
    status,
    headers,
    body: { error: { code, message } },
  });

  it.each([
    [error(404, 'ResourceNotFound'), { kind: 'not-found' }],
    [error(403, 'AuthorizationFailed'), { kind: 'forbidden' }],
    [error(401, 'ExpiredAuthenticationToken'), { kind: 'forbidden' }],
    [error(409, 'Conflict'), { kind: 'conflict' }],
    [
      error(409, 'OperationNotAllowed', "not allowed on VM 'v0' since it is marked for deletion."),
      { kind: 'deleting' },
    ],
    [error(400, 'InvalidParameter'), { kind: 'rejected', message: 'InvalidParameter: m' }],
    [error(500, 'InternalError'), { kind: 'transient', retryAfterMs: undefined }],
    [error(503, 'Busy', 'm', { 'retry-after': '7' }), { kind: 'transient', retryAfterMs: 7000 }],
    [
      error(429, 'OperationNotAllowed', 'm', { 'retry-after': '31' }),
      { kind: 'throttled', retryAfterMs: 31_000 },
    ],
    [error(429, 'FailedIdentityOperation', `'${id('a')}'`), { kind: 'throttled', retryAfterMs: undefined }],
    [
      error(429, 'TooManyRequests', 'm', { 'retry-after': 'Thu, 01 Jan 2026 00:01:30 GMT' }),
      { kind: 'throttled', retryAfterMs: 90_000 },
    ],
    [new Error('connect ECONNREFUSED'), { kind: 'transient' }],
  ])('names the failure %#', async (answer, failure) => {
    const { compute, requests, calls } = setUp([answer]);
    expect(await compute.get(vm, running)).toMatchObject({ ok: false, failure });
    expect(requests).toHaveLength(1);
    expect(calls[0]?.outcome).toBe(failure.kind);
  });

  it.each([
    ['the code of the resource manager', 'SubscriptionRequestsThrottled', {}],
    [
      'a count of the subscription',
      'OperationNotAllowed',
      { 'x-ms-ratelimit-remaining-subscription-writes': '0' },
    ],
    [
      'a limit of the compute provider',
      'OperationNotAllowed',
      {
        'x-ms-ratelimit-remaining-resource':
          'Microsoft.Compute/UpdateVMScaleSetResource;7,Microsoft.Compute/UpdateVMScaleSetSubscriptionMaximum;0',
      },
    ],
  ])('knows a subscription that is throttled as a whole by %s', async (_, code, headers) => {
    const { compute } = setUp([error(429, code, 'm', { ...headers, 'retry-after': '7' })]);
    expect(await compute.get(vm, running)).toMatchObject({
      failure: { kind: 'throttled', scope: 'subscription', retryAfterMs: 7000 },
    });
  });

  it('takes a 429 for one of the resource where its own limit is used up', async () => {
    const { compute } = setUp([
      error(429, 'OperationNotAllowed', 'm', {
        'x-ms-ratelimit-remaining-resource': 'Microsoft.Compute/UpdateVMScaleSetResource;0',
        'x-ms-ratelimit-remaining-subscription-writes': '1199',
      }),
    ]);
    const outcome = await compute.get(vm, running);
    expect(outcome.ok ? {} : outcome.failure).not.toHaveProperty('scope');
  });

  it('sends a PATCH for the version that was read, and tells a conflict where it is another by now', async () => {
    const { compute, requests } = setUp([error(412, 'PreconditionFailed')]);
    const outcome = await compute.patch(vm, { type: 'None' }, [], running, '"7"');
    expect(outcome).toMatchObject({ failure: { kind: 'conflict', version: true } });
    expect(requests[0]?.headers['if-match']).toBe('"7"');
  });

  it('follows an operation on although Azure does not answer, fails, or is asked too often', async () => {
    const operation = 'https://management.azure.com/subscriptions/S-1/providers/x/operations/1';
    const { compute, requests, clock } = setUp([
      { status: 202, headers: { 'azure-asyncoperation': operation } },
      new Error('connect ECONNRESET'),
      { status: 503 },
      { status: 429, headers: { 'retry-after': '40' } },
      { status: 200, body: { status: 'Succeeded' } },
      resource({ [id('a')]: { clientId: 'c' } }),
    ]);
    const patching = compute.patch(
      vm,
      { type: 'UserAssigned', userAssignedIdentities: { [id('a')]: {} } },
      [id('a')],
      running,
    );
    const times: number[] = [];
    while (requests.length < 6) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (clock.untilNext() === undefined) continue;
      times.push(clock.untilNext() ?? 0);
      await clock.advance(clock.untilNext() ?? 0);
    }
    expect(await patching).toMatchObject({ ok: true });
    expect(times).toEqual([1000, 2000, 40_000]);
    expect(requests.map(({ method }) => method)).toEqual(['PATCH', 'GET', 'GET', 'GET', 'GET', 'GET']);
  });

  it('gives an operation up at its deadline, and says so without blaming anybody', async () => {
    const { compute } = setUp(
      [
        { status: 202, headers: { 'azure-asyncoperation': 'https://management.azure.com/operations/1' } },
        ...Array.from({ length: 1000 }, () => ({ status: 200, body: { status: 'InProgress' } })),
      ],
      { operationTimeoutMs: 50 },
    );
    expect(await compute.patch(vm, { type: 'None' }, [], running)).toMatchObject({
      ok: false,
      failure: { kind: 'transient' },
    });
  });

  it('ends when its signal aborts', async () => {
    const { compute } = setUp([]);
    expect(await compute.get(vm, AbortSignal.abort())).toMatchObject({
      ok: false,
      failure: { kind: 'aborted' },
    });
  });

  it('waits for no answer without an end, and for no operation', async () => {
    const inProgress: ArmAnswer = { status: 200, body: { status: 'InProgress' } };
    const { access, requests } = scriptedArm([
      { status: 202, headers: { 'azure-asyncoperation': 'https://management.azure.com/operations/1' } },
      ...Array.from({ length: 10_000 }, () => inProgress),
    ]);
    const clock = new VirtualClock(0);
    const times = { requestTimeoutMs: 7_000, operationTimeoutMs: 100, pollIntervalMs: 5 };
    const compute = azureCompute({ access, clock, ...times });
    const outcome = await compute.patch(vm, { type: 'None' }, [], running);
    expect(outcome).toMatchObject({ ok: false, failure: { kind: 'transient' } });
    expect(requests[0]).toMatchObject({ method: 'PATCH', timeout: 7_000 });
    await compute.get(vm, running);
    expect(requests.at(-1)).toMatchObject({ method: 'GET', timeout: 7_000 });
  });

  it('asks each subscription by its own client', async () => {
    const { compute, requests } = setUp([resource({}), resource({})]);
    await compute.get(vm, running);
    await compute.get({ ...vm, subscriptionId: 'S-2' }, running);
    expect(requests.map(({ url }) => url.pathname.split('/')[2])).toEqual(['S-1', 'S-2']);
  });
});
