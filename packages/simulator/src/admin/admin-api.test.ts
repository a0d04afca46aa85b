import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../simulator.js';
import { startSimulator } from '../start-simulator.js';
import { send } from '../testing/send.js';
import type { Loose } from '../testing/loose.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ world: { applications: [{ name: 'mic', secrets: ['s3cr3t'] }] } });
});
afterAll(async () => simulator[Symbol.asyncDispose]());

async function call(method: string, path: string, body?: unknown) {
  const answer = await send(`${simulator.urls.admin}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: answer.json };
}

const query = (values: Record<string, string>) => `?${new URLSearchParams(values).toString()}`;

describe('the admin API', () => {
  it('tells where everything is', async () => {
    const { json } = await call('GET', '/');
    expect(json).toEqual({
      urls: simulator.urls,
      tenantId: simulator.tenantId,
      subscriptionId: simulator.subscriptionId,
    });
  });

  it('creates, lists and deletes what is in Azure', async () => {
    const identity = await call('POST', '/azure/identities', {
      name: 'app',
      clientId: 'c1c1c1c1-0000-4000-8000-000000000001',
    });
    expect(identity).toMatchObject({
      status: 201,
      json: { clientId: 'c1c1c1c1-0000-4000-8000-000000000001' },
    });
    const vm = await call('POST', '/azure/virtual-machines', { name: 'vm', userAssigned: ['app'] });
    expect(vm.json.identity.userAssignedIdentities).toHaveProperty([identity.json.id]);
    const set = await call('POST', '/azure/scale-sets', { name: 'set', instances: 2 });
    expect(set.json.machines.map((machine: Loose) => machine.node)).toEqual(['set000000', 'set000001']);
    expect((await call('POST', `/azure/scale-sets/instances${query({ id: set.json.id })}`)).status).toBe(201);
    expect(Object.keys(simulator.urls.imds)).toEqual(['vm', 'set000000', 'set000001', 'set000002']);
    expect(simulator.nodes.names()).toHaveLength(4);
    expect((await call('DELETE', `/azure/scale-sets${query({ id: set.json.id })}`)).status).toBe(204);
    expect(simulator.nodes.names()).toEqual(['vm']);
    expect((await call('GET', '/azure/virtual-machines')).json.value).toHaveLength(1);

    const role = await call('POST', '/azure/role-assignments', { principal: 'mic', role: 'Reader' });
    expect(role.json.role).toBe('Reader');
    expect((await call('GET', '/azure/role-assignments')).json.value).toHaveLength(1);
    expect((await call('DELETE', `/azure/role-assignments${query({ name: role.json.name })}`)).status).toBe(
      204,
    );
    expect((await call('DELETE', `/azure/identities${query({ id: identity.json.id })}`)).status).toBe(204);
    expect((await call('DELETE', `/azure/identities${query({ id: identity.json.id })}`)).status).toBe(404);
  });

  it('never tells a secret', async () => {
    const { json } = await call('GET', '/azure/applications');
    expect(json.value[0].name).toBe('mic');
    expect(JSON.stringify(json)).not.toContain('s3cr3t');
  });

  it('asks for faults and shows what was asked', async () => {
    const rule = {
      target: 'imds',
      path: '/metadata',
      action: { kind: 'status', status: 503, retryAfterSeconds: 1 },
      times: 1,
    };
    const { json } = await call('POST', '/faults', rule);
    expect((await call('GET', '/faults')).json.value).toEqual([{ id: json.id, rule, hits: 0 }]);
    expect((await send(`${simulator.urls.imds['vm']}/metadata/x`)).status).toBe(503);
    expect((await call('DELETE', `/faults/${json.id}`)).status).toBe(404);
    const seen = await call('GET', `/requests${query({ service: 'imds', instance: 'vm' })}`);
    expect(seen.json.value).toMatchObject([{ method: 'GET', target: '/metadata/x', status: 503 }]);
    expect((await call('DELETE', '/requests')).status).toBe(204);
    expect((await call('GET', '/requests')).json.value).toEqual([]);
  });

  it('compacts history and drops watches', async () => {
    let ended = false;
    simulator.kubernetes.objects.watch('pods', () => undefined, { onEnd: () => (ended = true) });
    expect(
      (await call('POST', `/kubernetes/drop-watches${query({ resource: 'pods', expire: 'true' })}`)).json
        .dropped,
    ).toBeGreaterThan(0);
    expect(ended).toBe(true);
    expect((await call('POST', '/kubernetes/compact')).status).toBe(204);
  });

  it('creates many objects of the cluster at once', async () => {
    const maps = ['a', 'b'].map((name) => ({ metadata: { name }, data: { name } }));
    const made = await call('POST', '/kubernetes/objects', { resource: 'configmaps', objects: maps });
    expect([made.status, made.json]).toEqual([201, { created: 2 }]);
    expect(simulator.kubernetes.objects.get('configmaps', { namespace: 'default', name: 'b' })).toMatchObject(
      {
        data: { name: 'b' },
      },
    );
    const again = { resource: 'configmaps', objects: [{ metadata: { name: 'c' } }, ...maps] };
    const { status, json } = await call('POST', '/kubernetes/objects', again);
    expect([status, json.error]).toEqual([400, expect.stringContaining('objects[1]: configmaps "a"')]);
    expect(json.error).toContain('the 1 before it were created');
  });

  it('moves the clock and changes how long things take', async () => {
    const before = simulator.clock.now();
    expect((await call('POST', '/clock', { advance: 3_600_000 })).status).toBe(200);
    expect(simulator.clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
    expect((await call('PATCH', '/latencies', { virtualMachineUpdate: 5 })).json.virtualMachineUpdate).toBe(
      5,
    );
    expect(simulator.azure.compute.durations.virtualMachine).toBe(5);
  });

  it.each([
    ['POST', '/faults', { target: 'moon', action: { kind: 'reset' } }, 'target must be one of'],
    ['POST', '/faults', { target: 'arm' }, 'action is missing'],
    ['POST', '/azure/identities', { name: 7 }, 'name must be a string'],
    ['POST', '/azure/virtual-machines', { name: 'x', userAssigned: ['ghost'] }, 'does not exist'],
    ['POST', '/clock', {}, 'name advance or jump'],
    ['GET', '/requests?service=moon', undefined, 'service must be one of'],
    ['POST', '/kubernetes/objects', { resource: 'pods' }, 'objects must be a list'],
    ['DELETE', '/azure/virtual-machines', undefined, 'the query parameter id is missing'],
  ])('%s %s with nonsense is a 400 that says why', async (method, path, body, message) => {
    const { status, json } = await call(method, path, body);
    expect([status, json.error]).toEqual([400, expect.stringContaining(message)]);
  });

  it('has no other paths', async () => {
    expect((await call('GET', '/nothing')).status).toBe(404);
  });
});
