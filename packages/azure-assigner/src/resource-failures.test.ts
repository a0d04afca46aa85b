import { ATTACHED_BY_ANNOTATION } from '@aad-pod-identity/core';
import { KubernetesError } from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import { MicWorld } from './testing/mic-world.js';
import { binding, idOf, identity, pod, scaleSet, vm, vmNode } from './testing/objects.js';

const ss = scaleSet('ss');
const minute = 60_000;

const statuses = (world: MicWorld): string[] =>
  world.cluster.states.map((state) => state.split(' ')[1] ?? '');

describe('a bad identity', () => {
  it('is left out by name, and the rest goes on at once', async () => {
    const world = MicWorld.withPods(4);
    world.compute.bad.add(idOf('id2'));
    await world.start().pass(1000);
    expect(world.on(ss)).toEqual(['id0', 'id1', 'id3']);
    expect(world.patches).toEqual(['patch ss +id0 +id1 +id2 +id3', 'patch ss +id0 +id1 +id3']);
    expect(world.cluster.states.filter((state) => state.endsWith('Created'))).toEqual([
      'p2-default-id2 Created',
    ]);
    expect(world.told).toEqual(
      expect.arrayContaining([
        'binding apply error: AzureIdentityBinding b2',
        'identity quarantined: AzureIdentity id2',
        'identity quarantined: Pod p2',
      ]),
    );
    expect(world.failures).toEqual([]);
  });

  it('is found by halving where Azure does not name it', async () => {
    const world = MicWorld.withPods(16);
    world.compute.bad.add(idOf('id5'));
    world.compute.names = false;
    await world.start().pass(1000);
    expect(world.on(ss)).toHaveLength(15);
    expect(statuses(world).filter((status) => status === 'Assigned')).toHaveLength(15);
    expect(world.patches.length).toBeLessThanOrEqual(9);
  });

  it('is tried again less and less often, and recovers without a restart', async () => {
    const world = MicWorld.withPods(2);
    world.compute.bad.add(idOf('id1'));
    await world.start().pass(10 * minute);
    // At once, then after 30 s, 60 s, 120 s, 240 s.
    expect(world.patches.filter((call) => call === 'patch ss +id1')).toHaveLength(4);
    world.compute.bad.clear();
    await world.pass(10 * minute);
    expect(statuses(world)).toEqual(['Assigned', 'Assigned']);
  });

  it('does not hold up what has to come off', async () => {
    const world = MicWorld.withPods(2);
    await world.start().pass(1000);
    world.compute.bad.add(idOf('new'));
    world
      .identities(identity('new'))
      .bindings(binding('bn', 'new', 'n'))
      .pods(pod('pn', 'n', 'ss-0'));
    await world.take('Pod', 'p0').pass(1000);
    expect(world.on(ss)).toEqual(['id1']);
    expect(world.cluster.states).toEqual(['p1-default-id1 Assigned', 'pn-default-new Created']);
  });
});

describe('an assignment that ends while others wait for its identity', () => {
  it('goes at once, however long they wait', async () => {
    const world = MicWorld.withPods(1).pods(pod('other', 'app0', 'ss-0'));
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(1000);
    expect(world.cluster.states).toEqual(['other-default-id0 Created', 'p0-default-id0 Created']);
    await world.take('Pod', 'p0').pass(1000);
    expect(world.cluster.states).toEqual(['other-default-id0 Created']);
  });

  it('leaves them what it remembers of who attached it', async () => {
    const world = MicWorld.withPods(1);
    await world.start().pass(1000);
    // The machines lose it, and cannot have it back for a while; then another pod comes in place of the first one.
    world.compute.resource(ss).identities.delete(idOf('id0'));
    world.compute.bad.add(idOf('id0'));
    await world
      .pods(pod('other', 'app0', 'ss-0'))
      .take('Pod', 'p0')
      .pass(5 * minute);
    expect(world.cluster.states).toEqual(['other-default-id0 Created']);
    await world.kill();
    world.compute.resource(ss).identities.add(idOf('id0'));
    world.compute.bad.clear();
    await world.start().pass(15 * minute);
    expect(world.cluster.states).toEqual(['other-default-id0 Assigned']);
    await world.take('Pod', 'other').pass(minute);
    expect([world.cluster.states, world.on(ss)]).toEqual([[], []]);
  });
});

describe('a failing Azure', () => {
  it('is tried again, and told on the binding', async () => {
    const world = MicWorld.withPods(1);
    world.compute.failures.push(
      { kind: 'transient', retryAfterMs: undefined, message: 'HTTP 500: oops' },
      { kind: 'forbidden', message: 'no role' },
    );
    await world.start().pass(500);
    expect(world.cluster.states).toEqual(['p0-default-id0 Created']);
    expect(world.cluster.events[0]).toMatchObject({
      reason: 'binding apply error',
      message: expect.stringContaining('HTTP 500: oops'),
    });
    await world.pass(minute);
    expect(statuses(world)).toEqual(['Assigned']);
    expect(world.failures).toEqual(['ReconcileFailure: HTTP 500: oops', 'ReconcileFailure: no role']);
  });

  it('remembers who attached an identity although it could not be read at first', async () => {
    const world = MicWorld.withPods(1);
    world.compute.resource(ss).identities.add(idOf('id0'));
    world.compute.failures.push({ kind: 'transient', retryAfterMs: undefined, message: 'm' });
    await world.start().pass(minute);
    expect([...world.cluster.objects.values()][0]?.annotations[ATTACHED_BY_ANNOTATION]).toBe('others');
    expect(world.patches).toEqual([]);
    expect(statuses(world)).toEqual(['Assigned']);
  });

  it('takes nothing off of which it never found out who attached it', async () => {
    const world = MicWorld.withPods(1).nodes(vmNode('v0'));
    for (const resource of [ss, vm('v0')]) world.compute.resource(resource).identities.add(idOf('id0'));
    const failure = { kind: 'transient', retryAfterMs: undefined, message: 'm' } as const;
    world.compute.failures.push(failure);
    await world.start().pass(500);
    expect(statuses(world)).toEqual(['Created']);
    world.compute.failures.push(failure);
    await world.pods(pod('p0', 'app0', 'v0')).pass(500);
    await world.take('Pod', 'p0').pass(10 * minute);
    expect([world.cluster.states, world.on(ss), world.on(vm('v0')), world.patches]).toEqual([
      [],
      ['id0'],
      ['id0'],
      [],
    ]);
  });

  it('is left alone for as long as it asks', async () => {
    const world = MicWorld.withPods(1);
    world.compute.failures.push({ kind: 'throttled', retryAfterMs: 40_000, message: 'm' });
    await world.start().pass(39_000);
    expect(world.compute.calls).toHaveLength(1);
    await world.pass(2000);
    expect(statuses(world)).toEqual(['Assigned']);
    expect(world.failures).toEqual([]);
  });

  it('that still works on what an earlier process sent is waited for', async () => {
    const world = MicWorld.withPods(1);
    world.compute.resource(ss).identities.add(idOf('id0'));
    world.compute.resource(ss).provisioningState = 'Updating';
    await world.start().pass(30_000);
    expect(statuses(world)).toEqual(['Created']);
    world.compute.resource(ss).provisioningState = 'Succeeded';
    await world.pass(5000);
    expect(statuses(world)).toEqual(['Assigned']);
    expect(world.patches).toEqual([]);
  });

  it('that never ends an operation is not waited for for ever', async () => {
    const world = MicWorld.withPods(1);
    world.compute.resource(ss).identities.add(idOf('id0'));
    world.compute.resource(ss).provisioningState = 'Updating';
    await world.start().pass(11 * minute);
    expect(statuses(world)).toEqual(['Assigned']);
  });

  it('on one resource does not delay another', async () => {
    const world = MicWorld.withPods(1)
      .nodes(vmNode('v0'))
      .pods(pod('other', 'app0', 'v0'));
    world.compute.latencyMs = 1000;
    const get = world.compute.get.bind(world.compute);
    world.compute.get = (resource, signal) =>
      resource.name === 'ss' ? new Promise(() => undefined) : get(resource, signal);
    await world.start().pass(5000);
    expect(world.on(vm('v0'))).toEqual(['id0']);
  });

  it('keeps what cannot be taken off, and says so', async () => {
    const world = MicWorld.withPods(1);
    await world.start().pass(1000);
    world.compute.failures.push({ kind: 'forbidden', message: 'no role' });
    await world.take('Pod', 'p0').pass(200);
    expect(statuses(world)).toEqual(['Unassigned']);
    expect(world.told).toContain('binding remove error: AzureIdentityBinding b0');
    await world.pass(minute);
    expect([world.cluster.states, world.on(ss)]).toEqual([[], []]);
  });
});

describe('drift', () => {
  it('is found and put right within the interval, without a write to the cluster', async () => {
    const world = MicWorld.withPods(2);
    await world.start().pass(1000);
    const writes = world.cluster.writes.length;
    world.compute.resource(ss).identities.clear();
    await world.pass(3 * minute);
    expect(world.on(ss)).toEqual(['id0', 'id1']);
    expect(world.cluster.writes).toHaveLength(writes);
  });

  it('costs a GET each interval and nothing else', async () => {
    const world = MicWorld.withPods(2);
    await world.start().pass(1000);
    const [calls, writes] = [world.compute.calls.length, world.cluster.writes.length];
    await world.pass(60 * minute);
    const since = world.compute.calls.slice(calls);
    expect(new Set(since)).toEqual(new Set(['get ss']));
    expect(since.length).toBeLessThanOrEqual(21);
    expect(world.cluster.writes).toHaveLength(writes);
  });
});

describe('a failing API server', () => {
  it('is tried again; nothing comes off while NMI may still serve it', async () => {
    const world = MicWorld.withPods(1);
    await world.start().pass(1000);
    world.cluster.before = () => {
      throw new KubernetesError('unavailable', 'the server is restarting');
    };
    await world.take('Pod', 'p0').pass(minute);
    expect([statuses(world), world.on(ss)]).toEqual([['Assigned'], ['id0']]);
    expect(world.told).toContain('binding applied: AzureIdentityBinding b0');
    world.cluster.before = () => undefined;
    await world.pass(5 * minute);
    expect([statuses(world), world.on(ss)]).toEqual([[], []]);
  });

  it('that refuses the object of one pod holds up no other pod', async () => {
    const world = MicWorld.withPods(2).pods(pod('same', 'app0', 'ss-0'));
    world.cluster.before = (write) => {
      if (write === 'create default/p0-default-id0') throw new KubernetesError('forbidden', 'quota');
    };
    await world.start().pass(500);
    expect(world.cluster.states).toEqual(['p1-default-id1 Assigned', 'same-default-id0 Assigned']);
    expect(world.failures[0]).toBe('ReconcileFailure: quota');
  });

  it('that refuses one object for long keeps no other pod of the resource waiting, and is asked less and less', async () => {
    const world = MicWorld.withPods(1);
    let refused = 0;
    world.cluster.before = (write) => {
      if (write !== 'create default/p0-default-id0') return;
      refused++;
      throw new KubernetesError('forbidden', 'quota');
    };
    await world.start().pass(10 * minute);
    expect(refused).toBeLessThanOrEqual(12);
    for (let n = 0; n < 20; n++) {
      world
        .identities(identity(`late${n}`))
        .bindings(binding(`bl${n}`, `late${n}`, `late${n}`))
        .pods(pod(`late${n}`, `late${n}`, 'ss-0'));
      await world.pass(100);
      if (n < 5) expect(statuses(world)).toHaveLength(n + 1);
    }
    expect(refused).toBeLessThanOrEqual(13);
    world.cluster.before = () => undefined;
    await world.pass(3 * minute);
    expect(world.cluster.states).toContain('p0-default-id0 Assigned');
  });

  it('that refuses the object of one service principal keeps no other waiting', async () => {
    const sp = (name: string) =>
      identity(name, { type: 1, resourceID: '', tenantID: 't', clientPassword: { name: 's' } });
    const world = new MicWorld().nodes(vmNode('v0'));
    for (const name of ['a', 'b'])
      world
        .identities(sp(name))
        .bindings(binding(name, name, name))
        .pods(pod(name, name, 'v0'));
    world.cluster.before = (write) => {
      if (write === 'create default/a-default-a') throw new KubernetesError('forbidden', 'quota');
    };
    await world.start().pass(10 * minute);
    expect(world.cluster.states).toEqual(['b-default-b Assigned']);
    world.identities(sp('c')).bindings(binding('c', 'c', 'c'));
    await world.pods(pod('c', 'c', 'v0')).pass(100);
    expect(world.cluster.states).toEqual(['b-default-b Assigned', 'c-default-c Assigned']);
    world.cluster.before = () => undefined;
    await world.pass(3 * minute);
    expect(world.cluster.states).toContain('a-default-a Assigned');
  });

  it('that refuses every object gets nothing attached', async () => {
    const world = MicWorld.withPods(1);
    world.cluster.before = () => {
      throw new KubernetesError('forbidden', 'quota');
    };
    await world.start().pass(minute);
    expect(world.patches).toEqual([]);
  });

  it('that takes a write but loses the answer does not double the object', async () => {
    const world = MicWorld.withPods(1);
    const create = world.cluster.create.bind(world.cluster);
    let lost = 0;
    world.cluster.create = async (input) => {
      const created = await create(input);
      if (lost++ === 0) throw new KubernetesError('timeout', 'no answer');
      return created;
    };
    await world.start().pass(minute);
    expect(world.cluster.states).toEqual(['p0-default-id0 Assigned']);
  });
});
