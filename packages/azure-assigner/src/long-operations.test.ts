import { describe, expect, it } from 'vitest';
import type { ComputeFailure } from './compute.js';
import { MicWorld } from './testing/mic-world.js';
import { binding, idOf, identity, pod, scaleSet, vm, vmNode } from './testing/objects.js';

const ss = scaleSet('ss');
const v0 = vm('v0');
const minute = 60_000;

/** `count` pods with an identity each on a scale set whose updates take 40 s. */
function many(count: number): MicWorld {
  const world = MicWorld.withPods(count);
  world.compute.operationMs = 40_000;
  return world;
}

const busy: ComputeFailure = { kind: 'conflict', message: 'busy' };
const changed: ComputeFailure = { kind: 'conflict', message: 'changed', version: true };
const refused: ComputeFailure = { kind: 'transient', retryAfterMs: undefined, message: 'no' };

const reads = (world: MicWorld): string[] => world.compute.calls.filter((call) => call.startsWith('get'));
const statuses = (world: MicWorld): string[] =>
  world.cluster.states.map((state) => state.split(' ')[1] ?? '');

describe('an operation that this process began', () => {
  it('is followed to its end before anything is Assigned', async () => {
    const world = await many(1).start().pass(39_000);
    expect(statuses(world)).toEqual(['Created']);
    await world.pass(2000);
    expect(statuses(world)).toEqual(['Assigned']);
  });

  it('that fails in the end is begun again where Azure restores what was', async () => {
    const world = many(1);
    world.compute.operationFailures.push('restores');
    await world.start().pass(45_000);
    expect([statuses(world), world.failures]).toEqual([
      ['Created'],
      ['ReconcileFailure: the operation failed'],
    ]);
    expect(world.told).toContain('binding apply error: AzureIdentityBinding b0');
    await world.pass(minute);
    expect([statuses(world), world.patches]).toEqual([['Assigned'], ['patch ss +id0', 'patch ss +id0']]);
  });

  it('that fails in the end is applied anew, once, where Azure keeps what was wanted', async () => {
    const world = many(1);
    world.compute.operationFailures.push('keeps', 'keeps');
    await world.start().pass(60_000);
    expect(statuses(world)).toEqual(['Created']);
    await world.pass(2 * minute);
    expect([statuses(world), world.patches]).toEqual([['Assigned'], ['patch ss +id0', 'patch ss +id0']]);
  });

  it('is not repeated where the answer is lost but the write took effect', async () => {
    const world = many(2);
    const patch = world.compute.patch.bind(world.compute);
    world.compute.patch = async (...parameters) => {
      world.compute.patch = patch;
      void patch(...parameters);
      return { ok: false, failure: { kind: 'transient', retryAfterMs: undefined, message: 'timed out' } };
    };
    await world.start().pass(39_000);
    expect(statuses(world)).toEqual(['Created', 'Created']);
    await world.pass(10_000);
    expect([statuses(world), world.patches]).toEqual([['Assigned', 'Assigned'], ['patch ss +id0 +id1']]);
  });
});

describe('an operation that a process began which was killed', () => {
  it('is found, and not repeated; nothing is Assigned before it has ended', async () => {
    const world = await many(2).start().pass(10_000);
    await world.kill();
    await world.start().pass(29_000);
    expect(statuses(world)).toEqual(['Created', 'Created']);
    await world.pass(7000);
    expect([statuses(world), world.patches]).toEqual([['Assigned', 'Assigned'], ['patch ss +id0 +id1']]);
  });

  it('that fails meanwhile is begun again', async () => {
    const world = many(1);
    world.compute.operationFailures.push('restores');
    await world.start().pass(10_000);
    await world.kill();
    await world.start().pass(50_000);
    expect([statuses(world), world.patches.length]).toEqual([['Created'], 2]);
    await world.pass(30_000);
    expect([statuses(world), world.failures]).toEqual([['Assigned'], []]);
  });

  it('that fails and leaves what was wanted is applied anew', async () => {
    const world = many(1);
    world.compute.operationFailures.push('keeps');
    await world.start().pass(10_000);
    await world.kill();
    await world.start().pass(50_000);
    expect(statuses(world)).toEqual(['Created']);
    await world.pass(30_000);
    expect([statuses(world), world.patches.length]).toEqual([['Assigned'], 2]);
  });

  it('that takes an identity off counts when it has ended', async () => {
    const world = await many(2).start().pass(minute);
    world.compute.operationFailures.push('restores');
    await world.take('Pod', 'p0').pass(10_000);
    await world.kill();
    await world.start().pass(20_000);
    expect(world.cluster.states).toEqual(['p0-default-id0 Unassigned', 'p1-default-id1 Assigned']);
    await world.pass(2 * minute);
    expect([world.on(ss), world.cluster.states]).toEqual([['id1'], ['p1-default-id1 Assigned']]);
  });
});

describe('an operation of somebody else', () => {
  it('is waited for: no PATCH, no failure, and one look each 5 s', async () => {
    const world = many(1);
    world.compute.update(ss, []);
    await world.start().pass(39_000);
    expect([world.patches, world.failures, world.told]).toEqual([[], [], []]);
    expect(reads(world).length).toBeLessThanOrEqual(9);
    await world.pass(50_000);
    expect([statuses(world), world.patches]).toEqual([['Assigned'], ['patch ss +id0']]);
  });

  it('that attaches what Azure refused us makes it theirs', async () => {
    const world = many(1);
    world.compute.bad.add(idOf('id0'));
    await world.start().pass(minute);
    await world.take('Pod', 'p0').pass(10 * minute);
    world.compute.bad.clear();
    world.compute.update(ss, [idOf('id0')]);
    await world.pods(pod('p1', 'app0', 'ss-0')).pass(5 * minute);
    expect(statuses(world)).toEqual(['Assigned']);
    await world.take('Pod', 'p1').pass(10 * minute);
    expect([world.on(ss), world.cluster.states]).toEqual([['id0'], []]);
  });

  it('that takes an identity off and fails does not make it ours', async () => {
    const world = many(1);
    const { identities } = world.compute.resource(ss);
    identities.add(idOf('id0'));
    world.compute.update(ss, [], 'restores');
    identities.delete(idOf('id0'));
    await world.start().pass(2 * minute);
    expect(statuses(world)).toEqual(['Assigned']);
    await world.take('Pod', 'p0').pass(10 * minute);
    expect([world.on(ss), world.cluster.states]).toEqual([['id0'], []]);
  });

  it('that the resource does not tell of is waited for too, by a pause after each conflict', async () => {
    const world = many(1);
    world.compute.update(ss, []);
    const get = world.compute.get.bind(world.compute);
    world.compute.get = async (...parameters) => {
      const outcome = await get(...parameters);
      return outcome.ok ? { ok: true, identities: { ...outcome.identities, updating: false } } : outcome;
    };
    await world.start().pass(39_000);
    expect(world.patches.length).toBeLessThanOrEqual(4);
    expect([world.failures, world.told]).toEqual([[], []]);
    await world.pass(minute);
    expect(statuses(world)).toEqual(['Assigned']);
  });

  it.each([
    ['always, whatever else ARM refuses', [busy, busy, busy, busy, refused, busy], true],
    ['always, where something else came between', [changed, changed, busy, changed, changed], true],
    [
      'no more, where ARM refuses it for its version three times in a row',
      [changed, changed, changed],
      false,
    ],
  ])('the version that was read is insisted on: %s', async (_, failures, insists) => {
    const world = many(1);
    const patch = world.compute.patch.bind(world.compute);
    const etags: (string | undefined)[] = [];
    world.compute.patch = async (resource, body, attach, signal, etag) => {
      etags.push(etag);
      const failure = failures[etags.length - 1];
      return failure === undefined
        ? patch(resource, body, attach, signal, etag)
        : { ok: false, failure: { ...failure } };
    };
    await world.start().pass(5 * minute);
    expect(statuses(world)).toEqual(['Assigned']);
    expect(etags).toHaveLength(failures.length + 1);
    expect(etags.at(-1) !== undefined).toBe(insists);
  });

  it('is told of when it goes on meeting ours for more than ten minutes', async () => {
    const world = many(1);
    world.compute.patch = async () => ({ ok: false, failure: { kind: 'conflict', message: 'busy' } });
    await world.start().pass(9 * minute);
    expect([world.failures, world.told]).toEqual([[], []]);
    await world.pass(3 * minute);
    expect(world.failures[0]).toBe('ReconcileFailure: busy');
    expect(world.told).toContain('binding apply error: AzureIdentityBinding b0');
  });

  it('does not keep a pod from an identity that was usable before it', async () => {
    const world = await many(1).start().pass(minute);
    world.compute.operationMs = 5 * minute;
    world.compute.update(ss, []);
    await world.pass(4 * minute);
    await world.pods(pod('late', 'app0', 'ss-0')).pass(6000);
    expect(world.cluster.states).toContain('late-default-id0 Assigned');
  });

  it('that never ends delays nothing on other resources, and is not waited for for ever', async () => {
    const world = many(1)
      .nodes(vmNode('v0'))
      .pods(pod('other', 'app0', 'v0'));
    world.compute.operationMs = 3_600_000;
    world.compute.update(ss, [idOf('id0')]);
    world.compute.operationMs = 1000;
    await world.start().pass(2000);
    expect(world.on(v0)).toEqual(['id0']);
    expect(world.cluster.states).toEqual(['other-default-id0 Assigned', 'p0-default-id0 Created']);
    await world.pass(11 * minute);
    expect(statuses(world)).toEqual(['Assigned', 'Assigned']);
  });

  it('that ends between the look and the PATCH is no harm: the PATCH is for what was seen', async () => {
    const world = many(1);
    world.compute.operationMs = 0;
    const get = world.compute.get.bind(world.compute);
    world.compute.get = async (...parameters) => {
      const outcome = await get(...parameters);
      world.compute.get = get;
      const found = world.compute.resource(ss);
      found.systemAssigned = true;
      found.identities.add(idOf('foreign'));
      found.version++;
      return outcome;
    };
    await world.start().pass(1000);
    expect(statuses(world)).toEqual(['Created']);
    await world.pass(15_000);
    expect([world.compute.resource(ss).systemAssigned, world.on(ss)]).toEqual([true, ['foreign', 'id0']]);
    expect([statuses(world), world.failures, world.told.length]).toEqual([['Assigned'], [], 1]);
  });
});

describe('a resource whose last operation failed', () => {
  it('keeps what was Assigned, and takes new identities', async () => {
    const world = await many(1).start().pass(minute);
    world.compute.update(ss, [], 'keeps');
    await world.pass(5 * minute);
    expect([statuses(world), world.patches.length]).toEqual([['Assigned'], 1]);
    world.identities(identity('new')).bindings(binding('bn', 'new', 'n'));
    await world.pods(pod('pn', 'n', 'ss-0')).pass(minute);
    expect([statuses(world), world.compute.resource(ss).provisioningState]).toEqual([
      ['Assigned', 'Assigned'],
      'Succeeded',
    ]);
  });

  it('gives a pod an identity that was usable before without another PATCH', async () => {
    const world = await many(1).start().pass(minute);
    world.compute.update(ss, [], 'keeps');
    await world.pass(5 * minute);
    await world.pods(pod('late', 'app0', 'ss-0')).pass(1000);
    expect([statuses(world), world.patches.length]).toEqual([['Assigned', 'Assigned'], 1]);
  });
});

describe('what is wanted while a run waits', () => {
  it('counts: an identity is not taken off that a pod needs by the time of the PATCH', async () => {
    const world = await many(2).start().pass(minute);
    world.compute.latencyMs = 5000;
    await world.take('Pod', 'p0').pass(2000);
    await world.pods(pod('again', 'app0', 'ss-0')).pass(2 * minute);
    expect(world.patches).toEqual(['patch ss +id0 +id1']);
    expect(world.cluster.states).toEqual(['again-default-id0 Assigned', 'p1-default-id1 Assigned']);
  });
});
