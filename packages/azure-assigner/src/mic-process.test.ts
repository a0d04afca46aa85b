import { writeFile } from 'node:fs/promises';
import { defaultWorld, type FaultRule } from '@aad-pod-identity/simulator';
import { describe, expect, it, vi } from 'vitest';
import { MicProcess } from './testing/mic-process.js';
import { SimulatedMic } from './testing/simulated-mic.js';

const assignments = '/azureassignedidentities';
const within = { timeout: 30_000, interval: 10 };
const leaseMs = 3_000;

async function start(virtualMachineUpdate = 50): Promise<SimulatedMic> {
  const world = await SimulatedMic.start({ world: defaultWorld, latencies: { virtualMachineUpdate } });
  world.identity('app');
  return world;
}

/** Waits until a request that the rule hits is under way; it never takes effect. */
async function held(world: SimulatedMic, mic: MicProcess, rule: Omit<FaultRule, 'action'>): Promise<void> {
  const { faults } = world.simulator;
  const id = faults.add({ ...rule, action: { kind: 'latency', ms: 3_600_000 } });
  await mic.sees(() => faults.list().find((fault) => fault.id === id)?.hits, 1);
  faults.remove(id);
}

/** The instant (`performance.now()`) of each renewal, and of each change of holder. */
function leaseHistory(world: SimulatedMic): { holder: string; at: number }[] {
  const history: { holder: string; at: number }[] = [];
  world.simulator.kubernetes.objects.watch('leases.coordination.k8s.io', (event) => {
    if (!('object' in event)) return;
    const { holderIdentity: holder = '' } = event.object['spec'] as { holderIdentity?: string };
    history.push({ holder, at: performance.now() });
  });
  return history;
}

// Each has a world of its own, and waits most of the time.
describe.concurrent('the process mic', () => {
  it('killed at one point after the other and started again, ends where it would have, with no second PATCH', async () => {
    await using world = await start(1_500);
    world.pod('web', 'app', 'vm-0');
    {
      await using mic = await MicProcess.start(world);
      await mic.sees(() => world.states, ['web-default-app Created']);
    }
    {
      await using mic = await MicProcess.start(world);
      await mic.sees(() => world.patches.length, 1);
    }
    expect(world.states).toEqual(['web-default-app Created']);
    {
      await using mic = await MicProcess.start(world);
      await held(world, mic, { target: 'kubernetes', method: 'PATCH', path: assignments });
    }
    expect([world.states, world.attached('vm-0')]).toEqual([['web-default-app Created'], ['app']]);
    {
      await using mic = await MicProcess.start(world);
      await mic.sees(() => world.states, ['web-default-app Assigned']);
      expect(world.patches).toHaveLength(1);
      world.delete('pods', 'web');
      await held(world, mic, { target: 'kubernetes', method: 'DELETE', path: assignments });
    }
    expect([world.states, world.attached('vm-0')]).toEqual([['web-default-app Unassigned'], []]);
    await using mic = await MicProcess.start(world);
    await mic.sees(() => world.states, []);
    expect(world.patches).toHaveLength(2);
    expect(await mic.kill('SIGTERM')).toBe(0);
  }, 120_000);

  it('killed in the middle of a PATCH, is replaced by the other replica after one lease duration, with no second PATCH', async () => {
    await using world = await start(2_000);
    const history = leaseHistory(world);
    await using first = await MicProcess.start(world, '--leader-election-instance=first');
    await first.sees(() => world.leaseHolder, 'first');
    await using second = await MicProcess.start(world, '--leader-election-instance=second');
    await second.sees(() => second.said.includes('first leads; waiting'), true);
    world.pod('web', 'app', 'vm-0');
    await first.sees(() => world.patches.length, 1);
    await first.kill('SIGKILL');
    await second.sees(() => world.states, ['web-default-app Assigned']);
    expect(world.patches).toHaveLength(1);

    const taken = history.findIndex(({ holder }) => holder === 'second');
    const waited = (history[taken]?.at ?? 0) - (history[taken - 1]?.at ?? 0);
    // Never sooner; and the wait is for that one lease, not for a second one. Timers may be early by a millisecond.
    expect(waited).toBeGreaterThan(leaseMs - 5);
    expect(waited).toBeLessThan(2 * leaseMs);
    expect(history.slice(taken).every(({ holder }) => holder === 'second')).toBe(true);
  }, 60_000);

  it('beside another on the same host, neither of them named, leaves the lease to it', async () => {
    await using world = await start();
    await using first = await MicProcess.start(world);
    await first.sees(() => first.said.includes('the lists are in; working'), true);
    await using second = await MicProcess.start(world);
    // One that took the holder's name for its own would lead at once, and wait for nobody.
    await second.sees(() => second.said.includes('leads; waiting'), true);
    const [, holder = ''] = /(\S+) leads; waiting/.exec(second.said) ?? [];
    expect(holder).toMatch(/_\w{12}$/);
  }, 60_000);

  it('terminated in the middle of a PATCH, finishes it, exits with 0, and another takes over without waiting', async () => {
    await using world = await start(1_500);
    const history = leaseHistory(world);
    await using first = await MicProcess.start(world, '--leader-election-instance=first');
    await first.sees(() => world.leaseHolder, 'first');
    await using second = await MicProcess.start(world, '--leader-election-instance=second');
    await second.sees(() => second.said.includes('first leads; waiting'), true);
    world.pod('web', 'app', 'vm-0');
    await first.sees(() => world.patches.length, 1);
    expect(await first.kill('SIGTERM')).toBe(0);
    expect(world.states).toEqual(['web-default-app Assigned']);
    await second.sees(() => world.leaseHolder, 'second');
    const [released, taken] = ['', 'second'].map(
      (holder) => history.find((one) => one.holder === holder)?.at ?? 0,
    );
    expect((taken ?? 0) - (released ?? 0)).toBeLessThan(leaseMs);
    world.delete('pods', 'web');
    await second.sees(() => [world.states, world.attached('vm-0')], [[], []]);
  }, 60_000);

  it('writes nothing more where its lease is stolen during a PATCH, and goes on when it has the lease again', async () => {
    await using world = await start(500);
    const { objects } = world.simulator.kubernetes;
    world.pod('web', 'app', 'vm-0');
    await using mic = await MicProcess.start(world, '--leader-election-instance=victim');
    await mic.sees(() => world.patches.length, 1);
    const lease = { namespace: 'default', name: 'aad-pod-identity-mic' };
    const steal = (holderIdentity: string): void => {
      const now = new Date().toISOString().replace('Z', '000Z');
      const body = { spec: { holderIdentity, acquireTime: now, renewTime: now, leaseDurationSeconds: 3 } };
      objects.patch('leases.coordination.k8s.io', lease, { type: 'application/merge-patch+json', body });
    };
    steal('thief');
    const stealing = setInterval(() => steal('thief'), 1_000);
    try {
      await mic.sees(() => mic.said.includes('thief leads; waiting'), true);
      // Azure finishes what it has.
      await vi.waitFor(() => expect(world.attached('vm-0')).toEqual(['app']), within);
      const counting = ['POST', 'PUT', 'PATCH', 'DELETE'].map((method) =>
        world.simulator.faults.add({ target: 'kubernetes', method, action: { kind: 'latency', ms: 0 } }),
      );
      await new Promise((resolve) => setTimeout(resolve, leaseMs));
      const written = world.simulator.faults
        .list()
        .filter(({ id, hits }) => counting.includes(id) && hits > 0);
      expect([written, world.states, world.patches.length]).toEqual([[], ['web-default-app Created'], 1]);
    } finally {
      clearInterval(stealing);
    }
    await mic.sees(() => world.states, ['web-default-app Assigned']);
    expect(world.patches).toHaveLength(1);
    expect(await mic.kill('SIGTERM')).toBe(0);
  }, 60_000);

  it('signs in as the system-assigned identity of its machine, and as the user-assigned one that its configuration names', async () => {
    await using world = await SimulatedMic.start({
      latencies: { virtualMachineUpdate: 50 },
      world: {
        identities: [{ name: 'operator' }],
        virtualMachines: [
          { name: 'vm-0' },
          { name: 'vm-1', systemAssigned: true, userAssigned: ['operator'] },
        ],
      },
    });
    const { populate, azure, urls, tenantId } = world.simulator;
    const config = { cloud: 'AzureStackCloud', tenantId, useManagedIdentityExtension: true };
    const signIns = [
      ['app', 'vm-1', ''],
      ['db', 'operator', azure.identities.list()[0]?.id],
    ] as const;
    for (const [name, principal, userAssignedIdentityID] of signIns) {
      const { id, clientId } = populate.identity({ name });
      populate.roleAssignment({ principal, role: 'Virtual Machine Contributor' });
      populate.roleAssignment({ principal, role: 'Managed Identity Operator', scope: name });
      world.create('azureidentities', name, { spec: { type: 0, resourceID: id, clientID: clientId } });
      world.create('azureidentitybindings', name, { spec: { azureIdentity: name, selector: name } });
      world.pod(name, name, 'vm-0');
      await writeFile(world.cloudConfig, JSON.stringify({ ...config, userAssignedIdentityID }));
      await using mic = await MicProcess.startWith(
        { AZURE_POD_IDENTITY_AUTHORITY_HOST: urls.imds['vm-1'] ?? '' },
        world,
      );
      await mic.sees(() => world.states.includes(`${name}-default-${name} Assigned`), true);
      expect(await mic.kill('SIGTERM')).toBe(0);
    }
    expect(world.attached('vm-0')).toEqual(['app', 'db']);
  }, 60_000);

  it('exits with 2 and one line where a flag or file is wrong', async () => {
    await using world = await SimulatedMic.start({});
    const wrong = [
      ['--bogus', /^mic: unknown flag --bogus/],
      [
        '--cloudconfig=/no/such/file',
        /^mic: cloud configuration \/no\/such\/file: cannot read it: there is no such file$/,
      ],
      ['--kubeconfig=/no/such/file', /^mic: .*\/no\/such\/file/],
    ] as const;
    await Promise.all(
      wrong.map(async ([flag, line]) => {
        await using mic = await MicProcess.start(world, flag);
        expect(await mic.ended, mic.said).toBe(2);
        expect(mic.said.trim().split('\n')).toEqual([expect.stringMatching(line)]);
      }),
    );
  }, 60_000);
});
