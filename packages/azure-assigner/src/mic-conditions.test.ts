import { defaultWorld, type SimulatorOptions } from '@aad-pod-identity/simulator';
import { describe, expect, it, vi } from 'vitest';
import { originalCrds } from '../../../test/take-over/original-cluster.js';
import { SimulatedMic, type RunningMic } from './testing/simulated-mic.js';

const options: SimulatorOptions = { world: defaultWorld, latencies: { virtualMachineUpdate: 50 } };
const within = { timeout: 20_000, interval: 20 };
type Resource = 'azureidentities' | 'azureidentitybindings' | 'azureassignedidentities';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

/** Waits until `look` gives `wanted`. */
async function sees<T>(look: () => T | Promise<T>, wanted: T): Promise<void> {
  await vi.waitFor(async () => expect(await look()).toEqual(wanted), within);
}

function conditionsOf(world: SimulatedMic, resource: Resource, name: string): readonly Condition[] {
  const { items } = world.simulator.kubernetes.objects.list(`${resource}.aadpodidentity.k8s.io`);
  const found = items.find(({ metadata }) => metadata.name === name);
  return (found?.['status'] as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
}

const readyOf = (world: SimulatedMic, resource: Resource, name: string): Condition | undefined =>
  conditionsOf(world, resource, name).find(({ type }) => type === 'Ready');
const reasonOf = (world: SimulatedMic, resource: Resource, name: string): string | undefined =>
  readyOf(world, resource, name)?.reason;

/** Counts requests from now on. */
function counting(world: SimulatedMic, method: string, path: string): () => number {
  const action = { kind: 'latency', ms: 0 } as const;
  const id = world.simulator.faults.add({ target: 'kubernetes', method, path, action });
  return () => world.simulator.faults.list().find((fault) => fault.id === id)?.hits ?? 0;
}

async function quarantined(mic: RunningMic): Promise<string | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${mic.ports.metrics}/metrics`)).text();
  return /^aadpodidentity_mic_quarantined_identities (\d+)$/m.exec(text)?.[1];
}

// Each has a world of its own, and waits most of the time.
describe.concurrent('what mic says on the objects themselves', () => {
  it('shows an identity in quarantine everywhere, and ends that without a restart once its AzureIdentity is put right', async () => {
    await using world = await SimulatedMic.start(options);
    const { populate, kubernetes } = world.simulator;
    const forbidden = populate.identity({ name: 'forbidden' });
    world.create('azureidentities', 'app', {
      spec: { type: 0, resourceID: forbidden.id, clientID: forbidden.clientId },
    });
    world.create('azureidentitybindings', 'app', { spec: { azureIdentity: 'app', selector: 'app' } });
    world.pod('web', 'app', 'vm-0');
    const mic = await world.mic();
    await sees(() => reasonOf(world, 'azureidentities', 'app'), 'RefusedByAzure');
    expect(readyOf(world, 'azureidentities', 'app')).toMatchObject({
      status: 'False',
      observedGeneration: 1,
      message: expect.stringMatching(
        /^Azure refuses to attach it to virtualMachines\/vm-0: LinkedAuthorizationFailed: /,
      ),
    });
    await sees(() => reasonOf(world, 'azureassignedidentities', 'web-default-app'), 'RefusedByAzure');
    expect(await quarantined(mic)).toBe('1');
    await vi.waitFor(
      () =>
        expect(world.events).toEqual(
          expect.arrayContaining([
            'identity quarantined AzureIdentity/app',
            'identity quarantined Pod/web',
            'binding apply error AzureIdentityBinding/app',
          ]),
        ),
      within,
    );

    const app = populate.identity({ name: 'allowed' });
    populate.roleAssignment({ principal: 'mic', role: 'Managed Identity Operator', scope: 'allowed' });
    kubernetes.objects.patch(
      'azureidentities.aadpodidentity.k8s.io',
      { namespace: 'default', name: 'app' },
      {
        type: 'application/merge-patch+json',
        body: { spec: { resourceID: app.id, clientID: app.clientId } },
      },
    );
    await sees(() => readyOf(world, 'azureidentities', 'app')?.status, 'True');
    expect(readyOf(world, 'azureidentities', 'app')).toMatchObject({
      reason: 'Usable',
      observedGeneration: 2,
    });
    await sees(() => world.attached('vm-0'), ['allowed']);
    await sees(() => quarantined(mic), '0');
    await vi.waitFor(() => {
      const [name = ''] = world.states.filter((state) => state.endsWith(' Assigned'));
      expect(reasonOf(world, 'azureassignedidentities', name.split(' ')[0] ?? '')).toBe('Assigned');
    }, within);
  });

  it('costs two writes for each assignment and one for each identity and binding, and a restart costs none', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    world.identity('db');
    for (const name of ['a', 'b', 'c']) world.pod(name, 'app', 'vm-0');
    world.pod('d', 'db', 'vm-1');
    const created = counting(world, 'POST', '/azureassignedidentities');
    const patched = counting(world, 'PATCH', '/azureassignedidentities');
    const told = counting(world, 'PATCH', '/azureidentit(ies|ybindings)/[^/]+/status');
    const first = await world.mic();
    for (const name of ['app', 'db']) {
      await sees(() => reasonOf(world, 'azureidentities', name), 'Usable');
      await sees(() => reasonOf(world, 'azureidentitybindings', name), 'Bound');
    }
    for (const name of ['a-default-app', 'b-default-app', 'c-default-app', 'd-default-db'])
      await sees(() => reasonOf(world, 'azureassignedidentities', name), 'Assigned');
    expect([created(), patched(), told()]).toEqual([4, 4, 4]);
    await first.stop();

    const second = await world.mic();
    world.identity('late');
    await sees(() => reasonOf(world, 'azureidentities', 'late'), 'Usable');
    await sees(() => reasonOf(world, 'azureidentitybindings', 'late'), 'Bound');
    await second.stop();
    expect([created(), patched(), told()]).toEqual([4, 4, 6]);
  });

  it('leaves out of use an identity that names none in Azure, and says which field to put right, with one event', async () => {
    await using world = await SimulatedMic.start(options);
    world.create('azureidentities', 'bad', { spec: { type: 0, resourceID: 'nonsense', clientID: 'x' } });
    world.create('azureidentitybindings', 'bad', { spec: { azureIdentity: 'bad', selector: 'web' } });
    world.pod('web', 'web', 'vm-0');
    const first = await world.mic();
    await sees(() => reasonOf(world, 'azureidentitybindings', 'bad'), 'IdentityInvalid');
    await sees(() => readyOf(world, 'azureidentities', 'bad')?.status, 'False');
    expect(readyOf(world, 'azureidentities', 'bad')?.message).toMatch(
      /^it grants nothing: spec\.resourceID: is not .* \(write \/subscriptions\/\{s\}/,
    );
    await sees(() => world.events, ['identity invalid AzureIdentity/bad']);
    expect(world.states).toEqual([]);
    await first.stop();

    const second = await world.mic();
    world.identity('good');
    await sees(() => reasonOf(world, 'azureidentities', 'good'), 'Usable');
    await second.stop();
    expect(world.events).toEqual(['identity invalid AzureIdentity/bad']);
  });

  it('stands beside the conditions of others', async () => {
    await using world = await SimulatedMic.start(options);
    const { objects } = world.simulator.kubernetes;
    world.identity('app');
    const audit = (status: string): unknown => ({ type: 'Audited', status });
    objects.patch(
      'azureidentities.aadpodidentity.k8s.io',
      { namespace: 'default', name: 'app' },
      { type: 'application/merge-patch+json', body: { status: { conditions: [audit('False')] } } },
      { subresource: 'status' },
    );
    await world.mic();
    await sees(() => reasonOf(world, 'azureidentities', 'app'), 'Usable');
    expect(conditionsOf(world, 'azureidentities', 'app')).toEqual([
      audit('False'),
      expect.objectContaining({ type: 'Ready' }),
    ]);
  });

  it('is given up for each kind that the definitions of the original have no place for, after one try', async () => {
    await using world = await SimulatedMic.start({
      ...options,
      customResourceDefinitions: await originalCrds(),
    });
    for (const name of ['app', 'db', 'mail']) world.identity(name);
    world.pod('web', 'app', 'vm-0');
    world.pod('job', 'db', 'vm-0');
    const told = counting(world, 'PATCH', '/status');
    const mic = await world.mic('--log-format=json');
    const lines = (): string[] => mic.lines.filter((line) => line.includes('are not written'));
    await sees(() => lines().length, 3);
    await sees(() => world.states, ['job-default-db Assigned', 'web-default-app Assigned']);
    world.identity('late');
    world.pod('late', 'late', 'vm-1');
    await sees(() => world.states.includes('late-default-late Assigned'), true);
    expect([told(), lines().length]).toEqual([2, 3]);
    expect(lines().every((line) => line.includes('"level":"info"'))).toBe(true);
  });

  it('is given up with a warning where MIC may not write it, and delays nothing', async () => {
    await using world = await SimulatedMic.start(options);
    const path = '/azureidentit(ies|ybindings)/[^/]+/status';
    const action = { kind: 'status', status: 403 } as const;
    world.simulator.faults.add({ target: 'kubernetes', method: 'PATCH', path, action });
    for (const name of ['app', 'db', 'mail']) world.identity(name);
    world.pod('web', 'app', 'vm-0');
    const mic = await world.mic('--log-format=json');
    await sees(() => world.states, ['web-default-app Assigned']);
    const warnings = (): string[] => mic.lines.filter((line) => line.includes('MIC may not patch'));
    await sees(() => warnings().length, 2);
    expect(warnings().every((line) => line.includes('"level":"warn"'))).toBe(true);
  });

  it('is not written by a dry run', async () => {
    await using world = await SimulatedMic.start(options);
    world.identity('app');
    world.pod('web', 'app', 'vm-0');
    const writes = ['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => counting(world, method, ''));
    await world.runOnce('--dry-run');
    expect(writes.map((count) => count())).toEqual([0, 0, 0, 0]);
    expect(conditionsOf(world, 'azureidentities', 'app')).toEqual([]);
  });
});
