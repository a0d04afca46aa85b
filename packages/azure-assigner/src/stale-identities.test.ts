import { ATTACHED_BY_ANNOTATION } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { MicWorld, type MicWorldOptions } from './testing/mic-world.js';
import { binding, idOf, identity, instanceNode, pod, scaleSet } from './testing/objects.js';

const ss = scaleSet('ss');
const minute = 60_000;

/** `count` pods with an identity each on a scale set, all `Assigned`. */
async function assigned(
  count: number,
  options: MicWorldOptions = {},
  begin = (_: MicWorld): void => undefined,
) {
  const world = new MicWorld(options).nodes(instanceNode('ss', 0));
  for (let n = 0; n < count; n++) {
    world
      .identities(identity(`id${n}`))
      .bindings(binding(`b${n}`, `id${n}`, `app${n}`))
      .pods(pod(`p${n}`, `app${n}`, 'ss-0'));
  }
  begin(world);
  await world.start().pass(1000);
  world.compute.calls.length = 0;
  world.cluster.writes.length = 0;
  world.cluster.events.length = 0;
  return world;
}

const stale = (world: MicWorld): string[] =>
  [...world.compute.resource(ss).stale].map((id) => id.split('/').pop() ?? '').sort();
const reasons = (world: MicWorld): Set<string> => new Set(world.cluster.events.map(({ reason }) => reason));

describe('an identity that was deleted and recreated under its name', () => {
  it('is taken off and attached again within the reconcile interval, by two PATCHes and no write', async () => {
    const world = await assigned(3);
    world.compute.recreate(idOf('id1'));
    await world.pass(3 * minute);
    expect(world.patches).toEqual(['patch ss -id1', 'patch ss +id1']);
    expect([world.on(ss), stale(world)]).toEqual([['id0', 'id1', 'id2'], []]);
    expect(world.cluster.writes).toEqual([]);
    await world.pass(60 * minute);
    expect(world.patches).toHaveLength(2);
  });

  it('is taken off by a PATCH that does all the rest, so that two do for everything', async () => {
    const world = await assigned(3);
    world.compute.recreate(idOf('id0'));
    world.compute.recreate(idOf('id1'));
    world
      .take('Pod', 'p2')
      .identities(identity('new'))
      .bindings(binding('bn', 'new', 'n'));
    await world.pods(pod('pn', 'n', 'ss-0')).pass(1000);
    expect(world.patches).toEqual(['patch ss +new -id0 -id1 -id2', 'patch ss +id0 +id1']);
    expect([world.on(ss), stale(world)]).toEqual([['id0', 'id1', 'new'], []]);
  });

  it('is found by the next pod that needs it, which is not Assigned before it works', async () => {
    const world = await assigned(1);
    world.compute.recreate(idOf('id0'));
    await world.kill();
    world.compute.operationMs = 40_000;
    await world
      .pods(pod('second', 'app0', 'ss-0'))
      .start()
      .pass(70_000);
    expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'second-default-id0 Created']);
    await world.pass(20_000);
    expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'second-default-id0 Assigned']);
    expect(world.patches).toHaveLength(2);
  });

  it('is the only one, and the system-assigned identity stays', async () => {
    const world = await assigned(1, {}, ({ compute }) => (compute.resource(ss).systemAssigned = true));
    world.compute.recreate(idOf('id0'));
    await world.pass(3 * minute);
    expect(world.patches).toEqual(['patch ss none', 'patch ss +id0']);
    expect([world.compute.resource(ss).systemAssigned, world.on(ss), stale(world)]).toEqual([
      true,
      ['id0'],
      [],
    ]);
  });

  it('is attached anew also where others had attached it, and still counts as theirs', async () => {
    const world = await assigned(
      1,
      {},
      ({ compute }) => void compute.resource(ss).identities.add(idOf('id0')),
    );
    world.compute.recreate(idOf('id0'));
    await world.pass(3 * minute);
    expect(stale(world)).toEqual([]);
    const [object] = world.cluster.objects.values();
    expect(object?.annotations[ATTACHED_BY_ANNOTATION]).toBe('others');
    await world.take('Pod', 'p0').pass(minute);
    expect([world.cluster.states, world.on(ss)]).toEqual([[], ['id0']]);
  });

  it('is left alone where nobody on the resource uses it', async () => {
    const world = await assigned(1);
    world.compute.resource(ss).identities.add(idOf('foreign'));
    world.compute.recreate(idOf('foreign'));
    await world.pass(10 * minute);
    expect([world.patches, stale(world)]).toEqual([[], ['foreign']]);
  });

  it('comes off like any other when its last pod goes', async () => {
    const world = await assigned(2);
    world.compute.recreate(idOf('id1'));
    await world.take('Pod', 'p1').pass(1000);
    expect([world.patches, world.cluster.states]).toEqual([['patch ss -id1'], ['p0-default-id0 Assigned']]);
  });

  it.each([
    ['its resource ID', { immutableIdentities: [idOf('id1').toUpperCase()], clusterIdentity: '' }],
    ['its resource ID as the cluster identity', { immutableIdentities: [], clusterIdentity: idOf('id1') }],
  ])(
    'is not taken off even for a moment where it is protected by %s; it is told',
    async (_, protectedIdentities) => {
      const world = await assigned(2, { protectedIdentities });
      world.compute.recreate(idOf('id1'));
      await world.pass(10 * minute);
      expect([world.patches, stale(world)]).toEqual([[], ['id1']]);
      expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'p1-default-id1 Created']);
      expect(world.cluster.events.find(({ reason }) => reason === 'identity quarantined')?.message).toContain(
        'by hand',
      );
      world.compute.resource(ss).stale.clear();
      await world.pass(10 * minute);
      expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'p1-default-id1 Assigned']);
      expect(world.patches).toEqual([]);
    },
  );
});

describe('an identity that was deleted and is gone', () => {
  it('is taken off, and its objects say that it is not there until it is', async () => {
    const world = await assigned(2);
    world.compute.recreate(idOf('id1'));
    world.compute.bad.add(idOf('id1'));
    await world.pass(3 * minute);
    expect(world.patches).toEqual(['patch ss -id1', 'patch ss +id1']);
    expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'p1-default-id1 Created']);
    expect(world.cluster.writes).toEqual(['Created default/p1-default-id1']);
    expect(reasons(world)).toEqual(new Set(['binding apply error', 'identity quarantined']));
    world.compute.bad.clear();
    await world.pass(10 * minute);
    expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'p1-default-id1 Assigned']);
    expect(stale(world)).toEqual([]);
  });

  it('costs no PATCH where Azure says itself that it has none', async () => {
    const world = await assigned(2, { readIdentities: true });
    world.compute.recreate(idOf('id1'));
    world.compute.bad.add(idOf('id1'));
    await world.pass(60 * minute);
    expect(world.patches).toEqual([]);
    expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'p1-default-id1 Created']);
    world.compute.bad.clear();
    await world.pass(10 * minute);
    expect(world.patches).toEqual(['patch ss -id1', 'patch ss +id1']);
    expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'p1-default-id1 Assigned']);
  });
});

describe('an Azure that goes on giving no client ID', () => {
  it('is asked less and less often, and the identity is not served meanwhile', async () => {
    const world = await assigned(2);
    world.compute.nameless.add(idOf('id1'));
    await world.pass(63 * minute);
    // After 3 min, and then after 30 s, 60 s, … and every 10 min: two PATCHes each time.
    expect(world.patches.length).toBeLessThanOrEqual(2 * (1 + 5 + 5));
    expect(world.patches.length).toBeGreaterThan(8);
    expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'p1-default-id1 Created']);
    expect(reasons(world)).toContain('identity quarantined');
    world.compute.nameless.clear();
    await world.pass(10 * minute);
    expect(world.cluster.states).toEqual(['p0-default-id0 Assigned', 'p1-default-id1 Assigned']);
  });

  it('does not keep other identities from being attached', async () => {
    const world = await assigned(1);
    world.compute.nameless.add(idOf('id0'));
    await world.pass(10 * minute);
    world.identities(identity('new')).bindings(binding('bn', 'new', 'n'));
    await world.pods(pod('pn', 'n', 'ss-0')).pass(1000);
    expect(world.cluster.states).toContain('pn-default-new Assigned');
  });
});
