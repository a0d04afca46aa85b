import { rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  azureJson,
  defaultServicePrincipal,
  defaultWorld,
  type SimulatorOptions,
} from '@aad-pod-identity/simulator';
import { describe, expect, it, vi } from 'vitest';
import { shippedCrds } from '../../../test/shipped-crds.js';
import { SimulatedMic } from './testing/simulated-mic.js';

const options: SimulatorOptions = {
  world: defaultWorld,
  latencies: { virtualMachineUpdate: 50, scaleSetUpdate: 100 },
};
const within = { timeout: 15_000, interval: 20 };

/** Waits until `look` gives `wanted`. */
async function sees<T>(look: () => T | Promise<T>, wanted: T): Promise<void> {
  await vi.waitFor(async () => expect(await look()).toEqual(wanted), within);
}

const get = async (port: number, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}${path}`)).text();

describe('mic against a cluster and an Azure', () => {
  it('assigns what a binding grants, and takes it away with the binding', async () => {
    await using world = await SimulatedMic.start(options);
    const mic = await world.mic();
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    await sees(() => world.states, ['web-default-app Assigned']);
    expect(world.attached('vm-0')).toEqual(['app']);
    await sees(() => get(mic.ports.probes, '/healthz'), 'Active');
    await sees(() => get(mic.ports.probes, '/readyz'), 'ok\n');

    world.delete('azureidentitybindings', 'app');
    await sees(() => world.states, []);
    expect(world.attached('vm-0')).toEqual([]);
    await vi.waitFor(
      () => expect(world.events).toContain('binding applied AzureIdentityBinding/app'),
      within,
    );
    const metrics = await get(mic.ports.metrics, '/metrics');
    expect(metrics).toContain('aadpodidentity_assigned_identity_addition_count 1');
    expect(metrics).toContain(
      'aadpodidentity_cloud_provider_operations_count{operation_type="vm_update",outcome="ok"} 2',
    );
    expect(metrics).toContain('aadpodidentity_mic_new_leader_election_count 1');
    expect(await mic.stop()).toBe(0);
    expect(mic.lines.join('')).not.toContain(defaultServicePrincipal.secret);
  });

  it('logs each run that changes something once, under the ID by which Azure knows its requests', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    for (let at = 0; at < 100; at++) world.pod(`web-${at}`, 'app', 'pool000000');
    const mic = await world.mic('--log-format=json', '--leader-election-duration=15s');
    await sees(() => world.states.filter((state) => state.endsWith('Assigned')).length, 100);
    await mic.stop();
    const lines = mic.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const changes = lines.filter(({ msg }) => msg === 'identities and assignments changed');
    const sum = (field: string): number => changes.reduce((total, line) => total + Number(line[field]), 0);
    expect([sum('created'), sum('assigned'), sum('attached')]).toEqual([100, 100, 1]);
    expect(changes.length).toBeLessThan(10);
    expect(mic.lines.length).toBeLessThan(20);
    const patch = world.simulator.requests.list('arm').find(({ method }) => method === 'PATCH');
    expect(changes.find(({ attached }) => attached === 1)?.['run']).toBe(
      patch?.headers['x-ms-correlation-request-id'],
    );
    const clientIds = world.simulator.requests
      .list('arm')
      .map(({ headers }) => headers['x-ms-client-request-id']);
    expect(new Set(clientIds).size).toBe(clientIds.length);
    expect(lines.filter(({ msg }) => msg === 'this instance leads')).toHaveLength(1);
  });

  it('patches a scale set once for pods on two of its nodes', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    world.identity('db');
    world.pod('a', 'app', 'pool000000');
    world.pod('b', 'app', 'pool000001');
    world.pod('c', 'db', 'pool000001');
    await world.mic();
    await sees(
      () => world.states,
      ['a-default-app Assigned', 'b-default-app Assigned', 'c-default-db Assigned'],
    );
    expect(world.attached('pool')).toEqual(['app', 'db']);
    expect(world.patches).toHaveLength(1);
    expect(Object.keys(JSON.parse(world.patches[0]?.body ?? '{}') as object)).toEqual(['identity']);

    world.delete('pods', 'a');
    await sees(() => world.states, ['b-default-app Assigned', 'c-default-db Assigned']);
    expect(world.attached('pool')).toEqual(['app', 'db']);
  });

  it('leaves out an identity that it may not assign, and says why', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    const { id, clientId } = world.simulator.populate.identity({ name: 'forbidden' });
    world.create('azureidentities', 'forbidden', { spec: { type: 0, resourceID: id, clientID: clientId } });
    world.create('azureidentitybindings', 'forbidden', {
      spec: { azureIdentity: 'forbidden', selector: 'app' },
    });
    world.pod('web', 'app', 'vm-0');
    await world.mic();
    await sees(() => world.states, ['web-default-app Assigned', 'web-default-forbidden Created']);
    await vi.waitFor(
      () => expect(world.events).toContain('identity quarantined AzureIdentity/forbidden'),
      within,
    );
  });

  it('warns of a client ID that is not that of the identity', async () => {
    await using world = await SimulatedMic.start(options);
    const { id } = world.simulator.populate.identity({ name: 'app' });
    world.simulator.populate.roleAssignment({
      principal: 'mic',
      role: 'Managed Identity Operator',
      scope: 'app',
    });
    const clientID = '00000000-1111-2222-3333-444444444444';
    world.create('azureidentities', 'app', { spec: { type: 0, resourceID: id, clientID } });
    await world.mic();
    await vi.waitFor(() => expect(world.events).toContain('client id mismatch AzureIdentity/app'), within);
  });

  it('hands over to another instance, which works within a lease', async () => {
    await using world = await SimulatedMic.start(options);
    const first = await world.mic();
    const second = await world.mic();
    await sees(() => get(first.ports.probes, '/healthz'), 'Active');
    await sees(() => get(second.ports.probes, '/readyz'), 'ok\n');
    expect(await get(second.ports.probes, '/healthz')).toBe('Not Active');
    await first.stop();
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    await sees(() => world.states, ['web-default-app Assigned']);
    expect(await get(second.ports.probes, '/healthz')).toBe('Active');
  });

  it('stopped in the middle of a PATCH, finishes it and its events, and gives the lease away', async () => {
    await using world = await SimulatedMic.start({ ...options, latencies: { virtualMachineUpdate: 1_500 } });
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    const mic = await world.mic();
    await vi.waitFor(() => expect(world.patches).toHaveLength(1), within);
    expect(world.states).toEqual(['web-default-app Created']);
    expect(await mic.stop()).toBe(0);
    expect(world.states).toEqual(['web-default-app Assigned']);
    expect(world.events).toContain('binding applied AzureIdentityBinding/app');
    expect(world.leaseHolder).toBe('');
  });

  it('stopped in the middle of a PATCH that takes long, leaves it to Azure and to the next one within bounds', async () => {
    await using world = await SimulatedMic.start({ ...options, latencies: { virtualMachineUpdate: 11_000 } });
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    const first = await world.mic();
    await vi.waitFor(() => expect(world.patches).toHaveLength(1), within);
    expect(await first.stop()).toBe(0);
    expect([world.states, world.leaseHolder]).toEqual([['web-default-app Created'], '']);
    await world.mic();
    await sees(() => world.states, ['web-default-app Assigned']);
    expect(world.patches).toHaveLength(1);
  }, 40_000);

  it('says in a dry run what it would do, and writes nothing anywhere', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    const refused = ['POST', 'PUT', 'PATCH', 'DELETE'].map((method) =>
      world.simulator.faults.add({ target: 'kubernetes', method, action: { kind: 'status', status: 403 } }),
    );
    const { code, printed } = await world.runOnce('--dry-run');
    expect(code).toBe(0);
    expect(printed).toContain(
      'create, assign → Assigned: identity default/app on virtualMachines/vm-0; 1 pod: default/web',
    );
    const json = await world.runOnce('--dry-run', '--output=json');
    expect(JSON.parse(json.printed)).toMatchObject({
      schemaVersion: 1,
      complete: true,
      summary: { attach: 1, detach: 0, assignments: { Assigned: 1 } },
    });
    expect(refused.map((id) => world.simulator.faults.list().find((fault) => fault.id === id)?.hits)).toEqual(
      [0, 0, 0, 0],
    );
    expect(world.simulator.requests.list('arm').filter(({ method }) => method !== 'GET')).toEqual([]);
    expect([world.states, world.events, world.leaseHolder]).toEqual([[], [], undefined]);
  });

  it('says in a dry run that nothing would be done, and by its exit code what it could not read', async () => {
    await using world = await SimulatedMic.start(options);
    const idle = await world.runOnce('--dry-run');
    expect(idle).toEqual({ code: 0, printed: expect.stringContaining('nothing would be done') as string });
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    world.simulator.faults.add({
      target: 'arm',
      path: 'virtualMachines/vm-0',
      action: { kind: 'status', status: 403 },
    });
    const blind = await world.runOnce('--dry-run');
    expect(blind).toEqual({
      code: 1,
      printed: expect.stringMatching(/THE PLAN IS NOT COMPLETE[\s\S]*! forbidden: /) as string,
    });
  });

  it('follows its cloud configuration, and keeps the old one where the new one is bad', async () => {
    await using world = await SimulatedMic.start(options);
    const good = azureJson(world.simulator, defaultServicePrincipal);
    const real = join(world.folder, 'real.json');
    await writeFile(real, JSON.stringify({ ...good, aadClientSecret: 'wrong' }));
    await symlink(real, join(world.folder, 'link'));
    await rename(join(world.folder, 'link'), world.cloudConfig);
    const mic = await world.mic();
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    await vi.waitFor(() => expect(mic.lines.join('')).toContain('cannot sign in to Azure'), within);

    await writeFile(join(world.folder, 'bad.json'), '{"cloud": "AzureMoonCloud"}');
    await symlink(join(world.folder, 'bad.json'), join(world.folder, 'link'));
    await rename(join(world.folder, 'link'), world.cloudConfig);
    await vi.waitFor(
      () => expect(mic.lines.join('')).toContain('the cloud configuration in force stays'),
      within,
    );

    await writeFile(join(world.folder, 'new.json'), JSON.stringify(good));
    await rename(join(world.folder, 'new.json'), world.cloudConfig);
    await sees(() => world.states, ['web-default-app Assigned']);
  });

  it(
    'says what is missing while the CRDs are not there, and goes on when they are',
    { timeout: 40_000 },
    async () => {
      await using world = await SimulatedMic.start({ ...options, customResourceDefinitions: [] });
      const mic = await world.mic();
      const missing = 'the CRD azureidentities.aadpodidentity.k8s.io is missing: apply deploy/crds; retrying';
      await vi.waitFor(() => expect(mic.lines.join('')).toContain(missing), within);
      expect(await get(mic.ports.probes, '/readyz')).toContain(
        'no list of azureidentities.aadpodidentity.k8s.io yet',
      );
      expect(mic.lines.join('')).not.toMatch(/\n\s+at /);
      for (const crd of await shippedCrds()) {
        world.simulator.kubernetes.objects.create('customresourcedefinitions.apiextensions.k8s.io', crd);
      }
      await vi.waitFor(async () => expect(await get(mic.ports.probes, '/readyz')).toBe('ok\n'), {
        timeout: 30_000,
        interval: 50,
      });
    },
  );
});
