import { defaultWorld, type SimulatorOptions } from '@aad-pod-identity/simulator';
import { describe, expect, it, vi } from 'vitest';
import { shippedCrds } from '../../../test/shipped-crds.js';
import { SimulatedMic } from './testing/simulated-mic.js';

const options: SimulatorOptions = { world: defaultWorld };
const within = { timeout: 20_000, interval: 20 };
const kind = 'azureassignedidentities.aadpodidentity.k8s.io';
const finalizer = 'azureassignedidentity.finalizers.aadpodidentity.k8s.io';

async function assigned(world: SimulatedMic, states: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(world.states).toEqual(states), within);
}

/** A VM and a scale set, each with an identity that MIC attached, and MIC gone. */
async function worked(world: SimulatedMic): Promise<void> {
  world.identity('app');
  world.identity('db');
  world.pod('web', 'app', 'vm-0');
  world.pod('store', 'db', 'pool000000');
  const mic = await world.mic();
  await assigned(world, ['store-default-db Assigned', 'web-default-app Assigned']);
  await mic.stop();
}

describe('mic uninstall', { timeout: 60_000 }, () => {
  it('takes off what MIC attached, and its objects, although pods and bindings are there', async () => {
    await using world = await SimulatedMic.start(options);
    await worked(world);
    expect([world.attached('vm-0'), world.attached('pool')]).toEqual([['app'], ['db']]);
    const { code, printed } = await world.runOnce('uninstall');
    expect([world.states, world.attached('vm-0'), world.attached('pool')]).toEqual([[], [], []]);
    expect(printed).toBe('released: 2 AzureAssignedIdentities; none is left\n');
    expect(code).toBe(0);
    expect(world.leaseHolder).toBe('');
  });

  it('leaves on a machine what was there before MIC', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    await world.simulator.machines.addVirtualMachine({ name: 'vm-9', userAssigned: ['app'] });
    world.pod('web', 'app', 'vm-9');
    const mic = await world.mic();
    await assigned(world, ['web-default-app Assigned']);
    await mic.stop();
    expect((await world.runOnce('uninstall')).code).toBe(0);
    expect([world.states, world.attached('vm-9')]).toEqual([[], ['app']]);
  });

  it('waits for a MIC that still leads', async () => {
    await using world = await SimulatedMic.start(options);
    await worked(world);
    const mic = await world.mic();
    await vi.waitFor(() => expect(world.leaseHolder).toMatch(/^mic-/), within);
    const holder = world.leaseHolder;
    const { lines, ended } = world.begin('uninstall');
    await vi.waitFor(() => expect(lines.join('')).toMatch(/mic-\w+ leads; waiting/), within);
    expect([world.leaseHolder, world.attached('vm-0')]).toEqual([holder, ['app']]);
    await mic.stop();
    expect((await ended).code).toBe(0);
    expect([world.states, world.attached('vm-0')]).toEqual([[], []]);
  });

  it('lists what stays attached with the commands that take it off, and asks Azure for nothing', async () => {
    await using world = await SimulatedMic.start(options);
    await worked(world);
    const before = world.simulator.requests.list('arm').length;
    const { code, printed } = await world.runOnce('uninstall', '--attached=list', '--cloudconfig=/not/there');
    expect(code).toBe(0);
    expect([world.states, world.attached('vm-0'), world.attached('pool')]).toEqual([[], ['app'], ['db']]);
    expect(world.simulator.requests.list('arm').length).toBe(before);
    expect(printed).toMatch(
      /az vm identity remove .* --name vm-0 --identities \\\n\s+\/subscriptions\/\S+\/app\n/i,
    );
    expect(printed).toMatch(
      /az vmss identity remove .* --name pool --identities \\\n\s+\/subscriptions\/\S+\/db\n/i,
    );
    expect(printed).toMatch(/released: 2 AzureAssignedIdentities; none is left\n$/);
  });

  it('takes away objects that nobody can read, and those that wait for a MIC that is gone', async () => {
    await using world = await SimulatedMic.start(options);
    await worked(world);
    const { objects } = world.simulator.kubernetes;
    objects.create(kind, { metadata: { name: 'broken', finalizers: [finalizer] }, spec: {} } as never);
    for (const name of ['broken', 'web-default-app']) objects.delete(kind, { namespace: 'default', name });
    expect(world.states).toHaveLength(3);
    expect((await world.runOnce('uninstall')).code).toBe(0);
    expect([world.states, world.attached('vm-0')]).toEqual([[], []]);
  });

  it('says what is left when its time is up, and leaves that to be tried again', async () => {
    await using world = await SimulatedMic.start(options);
    await worked(world);
    const fault = world.simulator.faults.add({
      target: 'arm',
      method: 'PATCH',
      action: { kind: 'status', status: 500 },
    });
    const { code, printed } = await world.runOnce('uninstall', '--timeout=3s');
    expect(code).toBe(1);
    expect(printed).toMatch(/^2 AzureAssignedIdentities left: default\/\S+, default\/\S+\n/);
    expect(printed).toMatch(/--attached=list/);
    expect(world.attached('vm-0')).toEqual(['app']);
    world.simulator.faults.remove(fault);
    expect((await world.runOnce('uninstall')).code).toBe(0);
    expect([world.states, world.attached('vm-0')]).toEqual([[], []]);
  });

  it('has nothing to do where there are no definitions', async () => {
    const others = (await shippedCrds()).filter(
      (crd) => !JSON.stringify(crd).includes('"azureassignedidentities"'),
    );
    await using world = await SimulatedMic.start({ ...options, customResourceDefinitions: others });
    const { code, printed } = await world.runOnce('uninstall');
    expect([code, printed]).toEqual([
      0,
      'the cluster has no definition of AzureAssignedIdentity: nothing is left to be released\n',
    ]);
  });

  it('says so where the Deployment that it is to stop is not there', async () => {
    await using world = await SimulatedMic.start(options);
    const { code, printed } = await world.runOnce('uninstall', '--stop-deployment=default/mic');
    expect(code).toBe(0);
    expect(printed).toBe(
      'there is no Deployment default/mic\nreleased: 0 AzureAssignedIdentities; none is left\n',
    );
  });
});
