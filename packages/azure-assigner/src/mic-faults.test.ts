import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  azureJson,
  defaultServicePrincipal,
  defaultWorld,
  type WorldSeed,
} from '@aad-pod-identity/simulator';
import { describe, expect, it, vi } from 'vitest';
import { SimulatedMic } from './testing/simulated-mic.js';

const within = { timeout: 30_000, interval: 20 };
const latencies = { virtualMachineUpdate: 50 };

async function sees<T>(look: () => T | Promise<T>, wanted: T): Promise<void> {
  await vi.waitFor(async () => expect(await look()).toEqual(wanted), within);
}

const healthz = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/healthz`)).text();

/** Takes a pod away at once: the simulated kubelet, which watches too, may be cut off like everybody. */
function gone(world: SimulatedMic, name: string): void {
  world.simulator.kubernetes.objects.delete(
    'pods',
    { namespace: 'default', name },
    { gracePeriodSeconds: 0 },
  );
}

// Each has a world of its own, and waits most of the time.
describe.concurrent('mic under faults', () => {
  it('lists anew through a storm of 410, no more often than it is told to, and misses nothing', async () => {
    await using world = await SimulatedMic.start({ world: defaultWorld, latencies });
    const { faults, kubernetes } = world.simulator;
    world.identity('app');
    world.pod('before', 'app', 'vm-0');
    await world.mic();
    await sees(() => world.states, ['before-default-app Assigned']);

    const rule = { target: 'kubernetes', method: 'GET' } as const;
    const kinds = [
      '/pods',
      '/nodes',
      '/azureidentities',
      '/azureidentitybindings',
      '/azureassignedidentities',
    ];
    const storm = kinds.map((path) =>
      faults.add({ ...rule, path: `${path}\\?.*watch=`, action: { kind: 'status', status: 410 } }),
    );
    const lists = kinds.map((path) =>
      faults.add({ ...rule, path: `${path}\\?(?!.*watch=)`, action: { kind: 'latency', ms: 0 } }),
    );
    const hits = (ids: readonly string[]): number[] =>
      ids.map((id) => faults.list().find((fault) => fault.id === id)?.hits ?? 0);
    kubernetes.compact();
    kubernetes.dropWatches(undefined, true);
    gone(world, 'before');
    world.pod('amid', 'app', 'vm-1');
    await vi.waitFor(() => expect(Math.min(...hits(storm))).toBeGreaterThanOrEqual(3), within);
    // What lists bring is acted upon; no kind is listed but after a watch that ended so.
    await sees(() => world.states, ['amid-default-app Assigned']);
    const [refused, listed] = [hits(storm), hits(lists)];
    // One more for the watches that were dropped, and one that is under way.
    listed.forEach((count, kind) => expect(count).toBeLessThanOrEqual((refused[kind] ?? 0) + 2));

    for (const id of storm) faults.remove(id);
    world.pod('after', 'app', 'vm-1');
    await sees(() => world.states, ['after-default-app Assigned', 'amid-default-app Assigned']);
    expect([world.attached('vm-0'), world.attached('vm-1')]).toEqual([[], ['app']]);
  }, 90_000);

  it('bears the API server being away for longer than its lease, and then catches up', async () => {
    await using world = await SimulatedMic.start({ world: defaultWorld, latencies });
    const { faults, kubernetes } = world.simulator;
    for (const name of ['app', 'db']) world.identity(name);
    world.pod('old', 'app', 'vm-0');
    const mic = await world.mic();
    await sees(() => world.states, ['old-default-app Assigned']);

    const away = faults.add({ target: 'kubernetes', action: { kind: 'reset' } });
    kubernetes.dropWatches();
    gone(world, 'old');
    world.pod('new', 'db', 'vm-0');
    await vi.waitFor(() => expect(mic.lines.join('')).toContain('this instance leads no more'), within);
    expect(await healthz(mic.ports.probes)).toBe('Not Active');
    // A minute at the lease of 15 s that is the default is four leases; here it is two, of 3 s.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(world.patches).toHaveLength(1);
    expect(world.states).toEqual(['old-default-app Assigned']);

    faults.remove(away);
    await sees(() => world.states, ['new-default-db Assigned']);
    expect(world.attached('vm-0')).toEqual(['db']);
    await sees(() => healthz(mic.ports.probes), 'Active');
    expect(await mic.stop()).toBe(0);
    const complaints = mic.lines.filter((line) => line.includes('WARN') || line.includes('ERROR'));
    expect(complaints.length).toBeLessThan(20);
  }, 90_000);

  it('goes on as another principal once its configuration, a link as Kubernetes swaps it, names one', async () => {
    const next = { clientId: 'c0ffee00-0000-4000-8000-000000000002', secret: 'simulator-only-too' };
    const seed: WorldSeed = {
      ...defaultWorld,
      applications: [
        ...(defaultWorld.applications ?? []),
        { name: 'next', clientId: next.clientId, secrets: [next.secret] },
      ],
      roleAssignments: [{ principal: 'next', role: 'Virtual Machine Contributor' }],
    };
    await using world = await SimulatedMic.start({ world: seed, latencies });
    // A volume of a ConfigMap or Secret: the file links to ..data, which links to a folder with a date for a name.
    const mount = async (folder: string, principal: typeof next): Promise<void> => {
      await mkdir(join(world.folder, folder));
      await writeFile(
        join(world.folder, folder, 'azure.json'),
        JSON.stringify(azureJson(world.simulator, principal)),
      );
      await symlink(folder, join(world.folder, '..data_tmp'));
      await rename(join(world.folder, '..data_tmp'), join(world.folder, '..data'));
    };
    await rm(world.cloudConfig);
    await mount('..first', defaultServicePrincipal);
    await symlink(join('..data', 'azure.json'), world.cloudConfig);
    world.identity('app');
    world.simulator.populate.roleAssignment({
      principal: 'next',
      role: 'Managed Identity Operator',
      scope: 'app',
    });
    world.pod('web', 'app', 'vm-0');
    const mic = await world.mic();
    // The first one may sign in, and nothing else.
    await sees(() => world.events.includes('binding apply error AzureIdentityBinding/app'), true);
    expect(world.patches.filter(({ status }) => status < 300)).toEqual([]);

    await mount('..second', next);
    await rm(join(world.folder, '..first'), { recursive: true });
    await sees(() => world.states, ['web-default-app Assigned']);
    expect(mic.lines.join('')).toContain('the new cloud configuration is in force');
    for (const { secret } of [defaultServicePrincipal, next])
      expect(mic.lines.join('')).not.toContain(secret);
  }, 60_000);
});
