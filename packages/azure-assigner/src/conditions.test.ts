import { KubernetesError } from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import { MicWorld } from './testing/mic-world.js';
import { binding, idOf, identity, instanceNode, pod, scaleSet, vmNode } from './testing/objects.js';

const minute = 60_000;
const ss = scaleSet('ss');

const ofIdentity = (world: MicWorld, name = 'id0') => world.status.of('AzureIdentity', name);
const assignmentOf = (world: MicWorld, name: string) =>
  world.cluster.objects.get(`default/${name}`)?.conditions.ready;

describe('the condition Ready', () => {
  it('is written once for each identity and binding, whatever pods come and go, and not again by a restart', async () => {
    const world = await MicWorld.withPods(2).start().pass(minute);
    const wanted = [
      'AzureIdentity id0 True Usable',
      'AzureIdentity id1 True Usable',
      'AzureIdentityBinding b0 True Bound',
      'AzureIdentityBinding b1 True Bound',
    ];
    expect([...world.status.writes].sort()).toEqual(wanted);
    expect(ofIdentity(world)).toEqual({
      status: 'True',
      reason: 'Usable',
      message: 'pods that a binding selects may use it',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:01Z',
    });
    for (let n = 0; n < 20; n++) world.pods(pod(`more${n}`, 'app0', 'ss-0'));
    await world.take('Pod', 'p1').pass(minute);
    await world.kill();
    await world.start().pass(10 * minute);
    expect(world.status.writes).toHaveLength(wanted.length);
  });

  it('is not written in 24 quiet hours, nor anything else', async () => {
    const world = await MicWorld.withPods(3).start().pass(minute);
    const [writes, conditions, events] = [
      world.cluster.writes.length,
      world.status.writes.length,
      world.cluster.events.length,
    ];
    await world.pass(24 * 60 * minute);
    expect(world.cluster.writes).toHaveLength(writes);
    expect(world.status.writes).toHaveLength(conditions);
    expect(world.cluster.events).toHaveLength(events);
  });

  it('says of a binding that its identity is missing, and that it has come', async () => {
    const world = new MicWorld().bindings(binding('b', 'late', 'web'));
    await world.start().pass(minute);
    expect(world.status.of('AzureIdentityBinding', 'b')?.reason).toBe('IdentityNotFound');
    await world.identities(identity('late')).pass(2000);
    expect(world.status.of('AzureIdentityBinding', 'b')?.reason).toBe('Bound');
    await world.take('AzureIdentity', 'late').pass(2000);
    expect(world.status.of('AzureIdentityBinding', 'b')?.reason).toBe('IdentityNotFound');
  });

  it('follows the generation of the spec', async () => {
    const world = await MicWorld.withPods(1).start().pass(minute);
    const before = ofIdentity(world);
    await world.identities(identity('id0', { adEndpoint: 'https://login.example' })).pass(2000);
    expect(ofIdentity(world)).toEqual({ ...before, observedGeneration: 2 });
  });

  it('leaves the conditions of others alone', async () => {
    const foreign = { type: 'Audited', status: 'True' };
    const world = new MicWorld().identities({
      ...identity('id0'),
      conditions: { ready: undefined, others: [foreign] },
    });
    const kept: (readonly unknown[])[] = [];
    const write = world.status.write.bind(world.status);
    world.status.write = (kind, object, ready) => {
      kept.push(object.conditions.others);
      return write(kind, object, ready);
    };
    await world.start().pass(minute);
    expect(kept).toEqual([[foreign]]);
  });

  it('is written after all where the object changed meanwhile or the API server was away', async () => {
    const world = MicWorld.withPods(1);
    let failures = 0;
    world.status.before = () => {
      if (failures++ < 4) throw new KubernetesError(failures % 2 === 0 ? 'conflict' : 'unavailable', 'no');
      return undefined;
    };
    await world.start().pass(minute);
    expect(ofIdentity(world)?.reason).toBe('Usable');
    expect(world.lines).toEqual([]);
  });

  it('delays no assignment, however slow it is', async () => {
    const world = MicWorld.withPods(3);
    world.status.write = () => new Promise(() => undefined);
    await world.start().pass(1000);
    expect(world.cluster.states.every((state) => state.endsWith('Assigned'))).toBe(true);
  });

  it('is written at most twenty times a second', async () => {
    const world = MicWorld.withPods(100);
    const times: number[] = [];
    world.status.before = () => {
      times.push(world.clock.now());
      return undefined;
    };
    await world.start().pass(minute);
    expect(times).toHaveLength(200);
    for (const [index, time] of times.slice(20).entries())
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it('is not written once the work has ended', async () => {
    const world = MicWorld.withPods(30);
    await world.start().pass(1300);
    const { length } = world.status.writes;
    expect(length).toBeGreaterThan(0);
    await world.kill();
    await world.pass(10 * minute);
    expect(world.status.writes).toHaveLength(length);
    expect(length).toBeLessThan(60);
  });

  it('is given up for a kind whose CRD does not keep it, with one line', async () => {
    const world = MicWorld.withPods(3);
    let tries = 0;
    world.status.before = (kind) => {
      if (kind === 'AzureIdentityBinding') return undefined;
      tries++;
      return { kind: 'unsupported', why: 'the CRD has no status subresource' };
    };
    await world.start().pass(60 * minute);
    expect(tries).toBe(1);
    expect(world.lines).toEqual([
      'conditions of AzureIdentity objects are not written: the CRD has no status subresource',
    ]);
    expect(world.status.of('AzureIdentityBinding', 'b2')?.reason).toBe('Bound');
  });

  it('is not tried again on an object that the API server refuses, until that changes', async () => {
    const world = MicWorld.withPods(2);
    let tries = 0;
    world.status.before = (kind, name) => {
      if (`${kind} ${name}` !== 'AzureIdentity id0') return undefined;
      tries++;
      return { kind: 'refused', why: 'spec.replicas is wrong' };
    };
    await world.start().pass(30 * minute);
    expect([tries, world.lines]).toEqual([
      1,
      ['the condition of AzureIdentity default/id0 is not written: spec.replicas is wrong'],
    ]);
    expect(ofIdentity(world, 'id1')?.reason).toBe('Usable');
  });
});

describe('an identity that cannot be used', () => {
  it('grants nothing, says which field is wrong and what to write, with one event in a day and over restarts', async () => {
    const world = new MicWorld()
      .nodes(vmNode('v0'))
      .identities(identity('id1', { resourceID: 'nonsense' }))
      .bindings(binding('b1', 'id1', 'web'))
      .pods(pod('web', 'web', 'v0'));
    await world.start().pass(24 * 60 * minute);
    await world.kill();
    await world.start().pass(minute);
    expect([world.cluster.states, world.compute.calls]).toEqual([[], []]);
    expect(ofIdentity(world, 'id1')).toMatchObject({
      status: 'False',
      reason: 'SpecInvalid',
      message: expect.stringMatching(
        /^it grants nothing: spec\.resourceID: is not .* \(write \/subscriptions/,
      ),
    });
    expect(world.status.of('AzureIdentityBinding', 'b1')?.reason).toBe('IdentityInvalid');
    expect(world.told).toEqual(['identity invalid: AzureIdentity id1']);
    await world.identities(identity('id1')).pass(2000);
    expect(ofIdentity(world, 'id1')?.reason).toBe('Usable');
    expect(world.cluster.states).toEqual(['web-default-id1 Assigned']);
  });

  it('has its event once also where conditions are not kept', async () => {
    const world = new MicWorld().identities(identity('id1', { type: 7 }));
    world.status.before = () => ({ kind: 'unsupported', why: 'old CRD' });
    await world.start().pass(24 * 60 * minute);
    expect(world.told).toEqual(['identity invalid: AzureIdentity id1']);
  });

  it('says that its client ID is another one, until it is put right', async () => {
    const world = MicWorld.withPods(1);
    let clientId = 'bbbbbbbb-1111-2222-3333-555555555555';
    world.reader = { read: async () => ({ kind: 'found', clientId }) };
    await world.start().pass(minute);
    expect(ofIdentity(world)).toMatchObject({ status: 'False', reason: 'ClientIDMismatch' });
    expect(world.told.filter((told) => told.startsWith('client'))).toEqual([
      'client id mismatch: AzureIdentity id0',
    ]);
    clientId = 'client-of-id0';
    await world.pass(6 * minute);
    expect(ofIdentity(world)?.reason).toBe('Usable');
  });

  it('that Azure did not have is usable as soon as it is there and attached', async () => {
    const world = new MicWorld({ readIdentities: true })
      .nodes(vmNode('v0'))
      .identities(identity('id1'))
      .bindings(binding('b1', 'id1', 'web'))
      .pods(pod('web', 'web', 'v0'));
    world.compute.bad.add(idOf('id1'));
    await world.start().pass(3000);
    expect(ofIdentity(world, 'id1')?.status).toBe('False');
    world.compute.bad.clear();
    await world.pass(40_000);
    expect(ofIdentity(world, 'id1')?.reason).toBe('Usable');
  });

  it('says that Azure does not have it', async () => {
    const world = new MicWorld().identities(identity('id1'));
    world.reader = { read: async () => ({ kind: 'not-found' }) };
    await world.start().pass(minute);
    expect(ofIdentity(world, 'id1')?.reason).toBe('NotFoundInAzure');
    expect(world.told).toEqual(['identity not found: AzureIdentity id1']);
  });
});

describe('an identity in quarantine', () => {
  it('says so on itself, on what waits for it and in the count, and all of that ends without a restart', async () => {
    const world = MicWorld.withPods(2);
    world.compute.bad.add(idOf('id1'));
    await world.start().pass(3000);
    expect(ofIdentity(world, 'id1')).toMatchObject({
      status: 'False',
      reason: 'RefusedByAzure',
      message: 'Azure refuses to attach it to virtualMachineScaleSets/ss: a bad identity',
    });
    expect(ofIdentity(world, 'id0')?.reason).toBe('Usable');
    expect(assignmentOf(world, 'p1-default-id1')).toMatchObject({
      status: 'False',
      reason: 'RefusedByAzure',
    });
    expect(assignmentOf(world, 'p0-default-id0')).toMatchObject({ status: 'True', reason: 'Assigned' });
    expect([...world.quarantined.values()]).toEqual([1]);

    world.compute.bad.clear();
    await world.pass(minute);
    expect(ofIdentity(world, 'id1')).toMatchObject({ status: 'True', reason: 'Usable' });
    expect(assignmentOf(world, 'p1-default-id1')).toMatchObject({ status: 'True', reason: 'Assigned' });
    expect([...world.quarantined.values()]).toEqual([0]);
  });

  it('costs its assignment one more write, however often it is tried', async () => {
    const world = MicWorld.withPods(1);
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(60 * minute);
    expect(world.patches.length).toBeGreaterThan(5);
    expect(world.cluster.writes).toEqual(['create default/p0-default-id0', 'Created default/p0-default-id0']);
  });

  it('says so once, however often it is tried', async () => {
    const world = MicWorld.withPods(1);
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(60 * minute);
    expect(world.patches.length).toBeGreaterThan(5);
    const told = world.status.writes.filter((write) => write.endsWith('RefusedByAzure'));
    expect(told).toHaveLength(1);
    expect(ofIdentity(world)?.lastTransitionTime).toBe('2026-01-01T00:00:01Z');
  });

  it('says on how many machines at most once a minute, however many they are', async () => {
    const world = new MicWorld().identities(identity('id0')).bindings(binding('b0', 'id0', 'app0'));
    world.compute.bad.add(idOf('id0'));
    world.start();
    for (let n = 0; n < 20; n++)
      await world
        .nodes(vmNode(`v${n}`))
        .pods(pod(`p${n}`, 'app0', `v${n}`))
        .pass(7000);
    await world.pass(10 * minute);
    expect(world.patches.length).toBeGreaterThan(80);
    const told = world.status.writes.filter((write) => write.endsWith('RefusedByAzure'));
    expect(told.length).toBeLessThanOrEqual(4);
    expect(ofIdentity(world)?.message).toContain(' and 19 more: ');
  });

  it('keeps what Azure said last when nothing needs it any more, also where it was attached before', async () => {
    const world = await MicWorld.withPods(1).start().pass(minute);
    await world.take('Pod', 'p0').pass(minute);
    expect(ofIdentity(world)?.reason).toBe('Usable');
    world.compute.bad.add(idOf('id0'));
    await world.pods(pod('p1', 'app0', 'ss-0')).pass(minute);
    expect(ofIdentity(world)?.reason).toBe('RefusedByAzure');
    await world.take('Pod', 'p1').pass(30 * minute);
    expect([...world.quarantined.values()]).toEqual([0]);
    expect(ofIdentity(world)?.reason).toBe('RefusedByAzure');
    world.compute.bad.clear();
    await world.pods(pod('p2', 'app0', 'ss-0')).pass(minute);
    expect(ofIdentity(world)?.reason).toBe('Usable');
  });

  it('goes on saying so over a restart, until it is attached', async () => {
    const world = MicWorld.withPods(1);
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(3000);
    await world.kill();
    world.compute.latencyMs = 20_000;
    world.status.writes.length = 0;
    await world.start().pass(30_000);
    expect(world.status.writes).toEqual([]);
    world.compute.bad.clear();
    await world.pass(3 * minute);
    expect(world.status.writes.at(-1)).toBe('AzureIdentity id0 True Usable');
  });

  it('is tried at once when the spec of its AzureIdentity changes', async () => {
    const world = MicWorld.withPods(1);
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(10 * minute);
    world.compute.bad.clear();
    await world.identities(identity('id0', { clientID: 'the right one' })).pass(1000);
    expect(world.on(ss)).toEqual(['id0']);
    expect([...world.cluster.objects.values()].map(({ status }) => status)).toEqual(['Assigned']);
  });

  it('is tried at once when its AzureIdentity names another identity, or is created anew', async () => {
    const world = MicWorld.withPods(1);
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(10 * minute);
    await world.identities(identity('id0', { resourceID: idOf('good') })).pass(2000);
    expect(world.on(ss)).toEqual(['good']);

    const again = MicWorld.withPods(1);
    again.compute.bad.add(idOf('id0'));
    await again.start().pass(10 * minute);
    again.compute.bad.clear();
    await again.take('AzureIdentity', 'id0').identities(identity('id0')).pass(1000);
    expect(again.on(ss)).toEqual(['id0']);
  });

  it('stays in quarantine whatever else is written on its AzureIdentity', async () => {
    const world = MicWorld.withPods(1);
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(10 * minute);
    const { length } = world.patches;
    await world
      .identities({ ...identity('id0'), annotations: { 'aadpodidentity.k8s.io/x': 'y' } })
      .pass(2000);
    expect(world.patches).toHaveLength(length);
  });

  it('counts no more where it turns out to be attached, whoever did that', async () => {
    const world = MicWorld.withPods(1);
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(3000);
    world.compute.resource(ss).identities.add(idOf('id0'));
    await world.pass(minute);
    expect([...world.quarantined.values()]).toEqual([0]);
    expect(ofIdentity(world)?.reason).toBe('Usable');
  });
});

describe('an assignment', () => {
  it('says how far it is with the two writes that it costs anyway', async () => {
    const world = MicWorld.withPods(1);
    world.compute.latencyMs = 10_000;
    await world.start().pass(15_000);
    expect(assignmentOf(world, 'p0-default-id0')).toEqual({
      status: 'False',
      reason: 'Attaching',
      message: '',
      observedGeneration: undefined,
      lastTransitionTime: expect.stringMatching(/^2026-01-01T00:00:\d\dZ$/),
    });
    await world.pass(60_000);
    expect(assignmentOf(world, 'p0-default-id0')).toMatchObject({ status: 'True', reason: 'Assigned' });
    expect(world.cluster.writes).toHaveLength(2);
  });

  it('says why it waits where MIC lacks a role, once, however often that is tried', async () => {
    const world = MicWorld.withPods(1);
    const forbidden = Array.from({ length: 30 }, () => ({ kind: 'forbidden', message: 'no role' }) as const);
    world.compute.failures.push(...forbidden);
    await world.start().pass(10 * minute);
    expect(assignmentOf(world, 'p0-default-id0')?.reason).toBe('AzureForbidden');
    expect(world.cluster.writes).toEqual(['create default/p0-default-id0', 'Created default/p0-default-id0']);
  });

  it('does not say that Azure was busy for a moment', async () => {
    const world = MicWorld.withPods(1);
    world.compute.failures.push({ kind: 'conflict', message: 'busy' });
    await world.start().pass(minute);
    // Who attached the identity could not be noted at first.
    expect(world.cluster.writes).toEqual([
      'create default/p0-default-id0',
      'Created default/p0-default-id0',
      'Assigned default/p0-default-id0',
    ]);
  });

  it('says that Azure delays it where that goes on for two minutes', async () => {
    const world = MicWorld.withPods(1);
    const throttled = Array.from(
      { length: 20 },
      () => ({ kind: 'throttled', retryAfterMs: 30_000, message: 'too many' }) as const,
    );
    world.compute.failures.push(...throttled);
    await world.start().pass(minute);
    expect(assignmentOf(world, 'p0-default-id0')?.reason).toBe('Attaching');
    expect(world.cluster.writes).toHaveLength(1);
    await world.pass(3 * minute);
    expect(assignmentOf(world, 'p0-default-id0')?.reason).toBe('AzureDelayed');
    await world.pass(2 * minute);
    expect(world.cluster.writes).toHaveLength(2);
  });

  it('costs no write for a condition that its CRD drops, and one line tells of that', async () => {
    const world = MicWorld.withPods(2);
    world.cluster.keepsConditions = false;
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(60 * minute);
    expect(world.cluster.writes).toHaveLength(3);
    expect(world.lines).toEqual([
      'conditions of AzureAssignedIdentity objects are not written: the CRD azureassignedidentities.aadpodidentity.k8s.io drops status.conditions',
    ]);
  });

  it('of a service principal says so with the one write that it costs', async () => {
    const world = new MicWorld()
      .nodes(vmNode('v0'))
      .identities(identity('sp', { type: 1, resourceID: '', tenantID: 't', clientPassword: { name: 's' } }))
      .bindings(binding('b1', 'sp', 'web'))
      .pods(pod('web', 'web', 'v0'));
    await world.start().pass(minute);
    expect(assignmentOf(world, 'web-default-sp')).toMatchObject({ status: 'True', reason: 'Assigned' });
    expect(world.cluster.writes).toHaveLength(1);
  });

  it('keeps the conditions that others wrote on it', async () => {
    const world = MicWorld.withPods(1);
    const foreign = { type: 'Audited', status: 'True' };
    const put = (status: 'Created' | 'Assigned', nodeName: string): void =>
      void world.cluster.put({
        namespace: 'default',
        name: 'p0-default-id0',
        spec: {
          azureIdentityRef: identity('id0'),
          azureBindingRef: binding('b0', 'id0', 'app0'),
          pod: 'p0',
          podNamespace: 'default',
          nodeName,
        },
        annotations: {},
        status,
        statusConditions: [foreign],
      });
    put('Created', 'ss-0');
    await world.start().pass(minute);
    const conditions = () => world.cluster.objects.get('default/p0-default-id0')?.conditions;
    expect(conditions()).toMatchObject({ ready: { reason: 'Assigned' }, others: [foreign] });
    await world
      .nodes(instanceNode('ss', 1))
      .pods(pod('p0', 'app0', 'ss-1'))
      .pass(minute);
    expect(world.cluster.writes.at(-2)).toBe('replace default/p0-default-id0');
    expect(conditions()).toMatchObject({ ready: { reason: 'Assigned' }, others: [foreign] });
  });

  it('that ends says so with the write that ends it', async () => {
    const world = MicWorld.withPods(1);
    world.compute.latencyMs = 5000;
    await world.start().pass(minute);
    await world.take('Pod', 'p0').pass(2000);
    expect(assignmentOf(world, 'p0-default-id0')).toMatchObject({ status: 'False', reason: 'Unassigned' });
    expect(world.cluster.writes).toHaveLength(3);
  });

  it('of the original that is Assigned is not written for the sake of a condition', async () => {
    const world = MicWorld.withPods(1);
    world.cluster.put({
      namespace: 'default',
      name: 'p0-default-id0',
      spec: {
        azureIdentityRef: identity('id0'),
        azureBindingRef: binding('b0', 'id0', 'app0'),
        pod: 'p0',
        podNamespace: 'default',
        nodeName: 'ss-0',
      },
      annotations: {},
      status: 'Assigned',
    });
    world.compute.resource(ss).identities.add(idOf('id0'));
    await world.start().pass(60 * minute);
    expect(world.cluster.writes).toEqual([]);
  });
});
