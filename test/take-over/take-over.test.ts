import { describe, expect, it, vi } from 'vitest';
import { MicProcess } from '../../packages/azure-assigner/src/testing/mic-process.js';
import type { SimulatedMic } from '../../packages/azure-assigner/src/testing/simulated-mic.js';
import { KubernetesWrites } from './kubernetes-writes.js';
import { OriginalLock } from './original-lock.js';
import { createOriginalCluster, originalCrds } from './original-cluster.js';
import { cluster, often, workedOn } from './worked-on.js';

const within = { timeout: 30_000, interval: 20 };

const armCalls = (world: SimulatedMic, method: string, type: string): string[] =>
  world.simulator.requests
    .list('arm')
    .filter((request) => request.method === method && request.target.includes(`/providers/${type}/`))
    .map(({ target, body = '' }) =>
      `${target.replace(/\?.*/, '').split('/').slice(-1)[0] ?? ''} ${body}`.trim(),
    );

/** What taking over settled.yaml and interrupted.yaml writes: to each assignment what its state requires. */
const repairs = {
  // Created, whether or not Azure has the identity: attached where it is not, then said so.
  'worker-jobs-queue': ['Assigned'],
  'mailer-jobs-mail': ['Assigned'],
  // Unassigned although the pod is there.
  'back-0-jobs-queue': ['Assigned'],
  // NMI could not see it.
  'unlabelled-jobs-mail': ['Created', 'Assigned'],
  // Its plain name belongs to shop-eu/web.
  'web-shop-eu-queue-e94shmln8r': ['new, Created', 'Assigned'],
  // No longer wanted, and on the machine: denied, detached, finalizer off, deleted.
  'gone-jobs-old': ['Unassigned', 'Unassigned', 'gone'],
  'missed-jobs-lost': ['Unassigned', 'Unassigned', 'gone'],
  // No longer wanted, nothing to detach: finalizer off, deleted.
  'nightly-28123-jobs-mail': ['Assigned', 'gone'],
  'left-jobs-mail': ['Unassigned', 'gone'],
  'ghost-jobs-db': ['Assigned', 'gone'],
  // Deleted already: finalizer off.
  'half-jobs-old': ['gone'],
};

interface Patch {
  readonly identity: { readonly userAssignedIdentities: Readonly<Record<string, unknown>> };
}

/** Has MIC work on the whole of the original's interrupted cluster, and stops it. */
async function repaired(
  world: SimulatedMic,
): Promise<{ readonly writes: KubernetesWrites; readonly lines: readonly string[] }> {
  await createOriginalCluster(world.simulator, 'settled', 'interrupted');
  const writes = new KubernetesWrites(world.simulator);
  const mic = await world.mic(...often);
  await workedOn(
    () => mic.lines.join(''),
    'virtualmachines/vm-1',
    'virtualmachinescalesets/pool',
    'unplaced',
  );
  expect(await mic.stop()).toBe(0);
  return { writes, lines: mic.lines };
}

// Each has a world of its own, and waits most of the time.
describe.concurrent('taking over a cluster of the original', () => {
  it('writes nothing, to Azure or to the cluster, where nothing is left to do, however often it looks', async () => {
    await using world = await cluster();
    await createOriginalCluster(world.simulator, 'settled');
    const before = world.states;
    const writes = new KubernetesWrites(world.simulator);
    expect((await world.runOnce('--dry-run')).printed).toContain('nothing would be done');
    await using mic = await MicProcess.start(world, ...often);
    await workedOn(() => mic.said, 'virtualmachines/vm-0', 'virtualmachinescalesets/pool', 'unplaced');
    expect(await mic.kill('SIGTERM')).toBe(0);

    expect(world.states).toEqual(before);
    expect([writes.assignments, writes.assignmentRequests, writes.otherRequests]).toEqual([{}, 0, 0]);
    // Each of the four identities and four bindings may say once how it is.
    expect(writes.stateRequests).toBeLessThanOrEqual(8);
    expect(armCalls(world, 'PATCH', 'Microsoft.Compute')).toEqual([]);
    // Nothing runs on vm-1: it is not even read.
    expect(new Set(armCalls(world, 'GET', 'Microsoft.Compute'))).toEqual(new Set(['pool', 'vm-0']));
    expect(world.events).toEqual([]);
  }, 60_000);

  it('finishes what was left half done: one PATCH, and to each assignment the writes that its state requires', async () => {
    await using world = await cluster();
    const { writes } = await repaired(world);

    expect(writes.assignments).toEqual(repairs);
    expect([writes.assignmentRequests, writes.otherRequests]).toEqual([20, 0]);
    expect(world.attached('vm-1')).toEqual(['mail', 'queue']);
    const [patch = '', ...more] = armCalls(world, 'PATCH', 'Microsoft.Compute');
    expect([patch.startsWith('vm-1 '), more]).toEqual([true, []]);
    const { identity } = JSON.parse(patch.replace('vm-1 ', '')) as Patch;
    const changes = Object.entries(identity.userAssignedIdentities).map(([id, value]) => [
      id.split('/').pop(),
      value,
    ]);
    expect(changes).toEqual([
      ['queue', {}],
      ['lost', null],
      ['old', null],
    ]);
  }, 60_000);

  it('writes the same, and no more, with the definitions that the original installed', async () => {
    await using world = await cluster(await originalCrds());
    const { writes, lines } = await repaired(world);
    expect([writes.assignments, writes.assignmentRequests, writes.otherRequests]).toEqual([repairs, 20, 0]);
    // There is no place for conditions: that is found out, told once for each kind, and not tried for ever.
    expect(writes.stateRequests).toBeLessThanOrEqual(16);
    const complaints = lines.filter((line) => /"level":"(warn|error)"/.test(line));
    expect(complaints.filter((line) => !line.includes('conditions of '))).toEqual([]);
    expect(complaints.length).toBeLessThanOrEqual(3);
  }, 60_000);

  it('leaves objects in the spelling of before v1.6 as they are', async () => {
    await using world = await cluster();
    await createOriginalCluster(world.simulator, 'old-spellings');
    const writes = new KubernetesWrites(world.simulator);
    const mic = await world.mic(...often);
    await workedOn(() => mic.lines.join(''), 'virtualmachines/vm-1', 'unplaced');
    expect(await mic.stop()).toBe(0);
    expect([writes.assignments, writes.assignmentRequests, writes.otherRequests]).toEqual([{}, 0, 0]);
    expect(armCalls(world, 'PATCH', 'Microsoft.Compute')).toEqual([]);
  });

  it('does not lead while the original renews its lock, says so, and leads when the lock has run out', async () => {
    await using world = await cluster();
    await createOriginalCluster(world.simulator, 'settled', 'interrupted');
    const lock = new OriginalLock(world.simulator);
    const renewing = setInterval(() => lock.renew(), 200);
    const writes = new KubernetesWrites(world.simulator);
    try {
      const mic = await world.mic(...often, '--leader-election-duration=3s');
      const refused =
        'the original MIC (mic-of-the-original) holds its Endpoints lock: not leading beside it';
      await vi.waitFor(() => expect(mic.lines.join('')).toContain(refused), within);
      // Longer than the lock lasts that nobody renews.
      await vi.waitFor(() => expect(lock.renewals).toBeGreaterThan(20), within);
      expect([writes.assignmentRequests, writes.otherRequests, world.leaseHolder]).toEqual([0, 0, undefined]);
      expect(armCalls(world, 'PATCH', 'Microsoft.Compute')).toEqual([]);

      clearInterval(renewing);
      await vi.waitFor(() => expect(mic.lines.join('')).toContain('this instance leads'), within);
      expect(performance.now() - lock.renewedAt).toBeGreaterThan(2_900);
      expect(lock.stored).toEqual(lock.written);
    } finally {
      clearInterval(renewing);
    }
  }, 60_000);
});
