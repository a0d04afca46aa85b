import { decodeAzureAssignedIdentity, encodeAssignedIdentity, KIND_BY_PLURAL } from '@aad-pod-identity/core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { SimulatedMic } from '../../packages/azure-assigner/src/testing/simulated-mic.js';
import { KubernetesWrites } from './kubernetes-writes.js';
import { createOriginalCluster, originalCrds } from './original-cluster.js';
import { OriginalMic } from './original-mic.js';
import { originalTypes, undecodable } from './original-types.js';
import { cluster, often, workedOn } from './worked-on.js';

/** Lets ours run until it has nothing left to do, and stops it. */
async function run(world: SimulatedMic, ...resources: string[]): Promise<void> {
  const mic = await world.mic(...often);
  await workedOn(() => mic.lines.join(''), 'unplaced', ...resources);
  expect(await mic.stop()).toBe(0);
}

/** A cluster that ours has taken over and worked in; a pod came meanwhile. */
async function takenOver(crds?: readonly object[]): Promise<SimulatedMic> {
  const world = await cluster(crds);
  await createOriginalCluster(world.simulator, 'settled', 'interrupted');
  world.pod('fresh', 'queue', 'vm-1');
  await run(world, 'virtualmachines/vm-1', 'virtualmachinescalesets/pool');
  return world;
}

/** Where the original's decoder fails. */
function unreadable(world: SimulatedMic): string[] {
  const kinds = Object.entries(KIND_BY_PLURAL).filter(([, kind]) => kind !== 'AzurePodIdentityException');
  return kinds.flatMap(([plural, kind]) => {
    const { items } = world.simulator.kubernetes.objects.list(`${plural}.aadpodidentity.k8s.io`);
    expect(items.length).toBeGreaterThan(5);
    return items.flatMap((object) => undecodable(originalTypes[kind], object));
  });
}

describe.concurrent('going back to the original', () => {
  it('it can read each object and finds it by its name, and writes anew only those whose identity or binding was touched', async () => {
    await using world = await takenOver(await originalCrds());
    expect(unreadable(world)).toEqual([]);
    const plan = {
      retry: [],
      // The pod of a Job that has ended gets its identity back.
      create: ['nightly-28123-jobs-mail'],
      // Written before their identities and bindings were touched. Ours left them alone: nothing that matters changed.
      update: ['db-0-shop-db', 'veteran-default-web'],
      // Two assignments have one name there: it keeps one of the pods, as chance has it.
      delete: ['web-shop-eu-queue-e94shmln8r'],
    };
    expect(new OriginalMic(world.simulator, { backwards: true }).plan()).toEqual(plan);
    const other = { ...plan, update: [...plan.update, 'web-shop-eu-queue'] };
    expect(new OriginalMic(world.simulator).plan()).toEqual(other);
  }, 60_000);

  it('it can read each object beside the shipped definitions, and what it does to them takes effect, once', async () => {
    await using world = await takenOver();
    expect(unreadable(world)).toEqual([]);
    const original = new OriginalMic(world.simulator);
    // With conditions on an identity or binding its version is another one: each assignment is written anew, once.
    const { update } = original.plan();
    for (const name of update) original.update(name);
    for (const name of original.plan().delete) original.delete(name);
    expect(original.plan()).toEqual({
      retry: [],
      create: ['nightly-28123-jobs-mail'],
      update: [],
      delete: [],
    });
    expect(world.states.filter((state) => !state.endsWith(' Assigned'))).toEqual([]);
    for (const state of world.states) original.delete(state.split(' ')[0] ?? '');
    expect(world.states).toEqual([]);
  }, 60_000);

  it('ours leaves nothing that is not detached yet, once it has run without a grace period', async () => {
    await using world = await cluster();
    await createOriginalCluster(world.simulator, 'settled', 'interrupted');
    const patient = await world.mic(...often, '--unassign-grace-period=1h');
    const unassigned = (): string[] => world.states.filter((state) => state.endsWith(' Unassigned'));
    await vi.waitFor(() => expect(unassigned()).toContain('gone-jobs-old Unassigned'), { timeout: 30_000 });
    await patient.stop();
    const original = new OriginalMic(world.simulator);
    // To the original it is detached: it would delete the object, and the identity would stay for ever.
    expect(original.plan().delete).toContain('gone-jobs-old');
    expect(world.attached('vm-1')).toContain('old');

    await run(world, 'virtualmachines/vm-1', 'virtualmachinescalesets/pool');
    expect(unassigned()).toEqual([]);
    expect(world.attached('vm-1')).toEqual(['mail', 'queue']);
  }, 60_000);

  it('ours takes over again what it wrote meanwhile, without a write that is not needed', async () => {
    await using world = await takenOver();
    const { objects } = world.simulator.kubernetes;
    const original = new OriginalMic(world.simulator, { backwards: true });
    // A pod of a StatefulSet moved: the original rewrites the object in place, with our notes on it.
    objects.delete('pods', { namespace: 'jobs', name: 'back-0' }, { gracePeriodSeconds: 0 });
    objects.create('pods', {
      metadata: { namespace: 'jobs', name: 'back-0', labels: { aadpodidbinding: 'queue' } },
      spec: { nodeName: 'vm-0', containers: [{ name: 'app', image: 'example.invalid/app' }] },
    });
    const plan = original.plan();
    expect(plan.update).toContain('back-0-jobs-queue');
    for (const name of plan.update) original.update(name);
    for (const name of plan.delete) original.delete(name);
    const writes = new KubernetesWrites(world.simulator);
    await run(world, 'virtualmachines/vm-0', 'virtualmachines/vm-1', 'virtualmachinescalesets/pool');
    const moved = Object.keys(writes.assignments).find((name) => name.startsWith('back-0-jobs-queue-')) ?? '';
    expect(writes.assignments).toEqual({
      'back-0-jobs-queue': ['Unassigned', 'Unassigned', 'gone'],
      [moved]: ['new, Created', 'Assigned'],
      'web-shop-eu-queue-e94shmln8r': ['new, Created', 'Assigned'],
    });
    expect(world.attached('vm-0')).toEqual(['queue', 'web']);
    // Another pod there uses it.
    expect(world.attached('vm-1')).toContain('queue');
  }, 60_000);

  it('it can read whatever ours may write', () => {
    const text = fc.oneof(fc.string(), fc.constant('x'));
    const int32 = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });
    const meta = fc.record({
      name: text,
      namespace: text,
      uid: text,
      resourceVersion: text,
      annotations: fc.anything(),
    });
    const spec = fc.record(
      {
        type: fc.oneof(int32, fc.anything()),
        resourceID: fc.anything(),
        clientID: text,
        clientPassword: fc.anything(),
        auxiliaryTenantIDs: fc.anything(),
        replicas: fc.oneof(int32, fc.string()),
      },
      { requiredKeys: [] },
    );
    const wire = fc.record({
      metadata: fc.record({ name: fc.constant('a'), namespace: fc.constant('b') }),
      spec: fc.record({
        azureIdentityRef: fc.record({ metadata: meta, spec }),
        azureBindingRef: fc.record({
          metadata: meta,
          spec: fc.record({ azureIdentity: text, selector: text, weight: fc.anything() }),
        }),
        pod: fc.anything(),
        podNamespace: text,
        nodename: text,
        replicas: fc.anything(),
      }),
      status: fc.anything(),
    });
    fc.assert(
      fc.property(wire, (json) => {
        const decoded = decodeAzureAssignedIdentity(json);
        if (!decoded.ok) throw new Error('an object with a name decodes');
        const { status = 'Assigned', ...value } = decoded.value;
        const written: unknown = JSON.parse(JSON.stringify(encodeAssignedIdentity({ ...value, status })));
        expect(undecodable(originalTypes.AzureAssignedIdentity, written)).toEqual([]);
        // It follows both references without a look whether they are there.
        expect(written).toMatchObject({
          spec: { azureIdentityRef: {}, azureBindingRef: {} },
          status: { status },
        });
      }),
      { numRuns: 500 },
    );
  });
});
