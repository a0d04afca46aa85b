import { describe, expect, it } from 'vitest';
import { MicWorld, type MicWorldOptions } from './testing/mic-world.js';
import { binding, idOf, identity, instanceNode, pod, scaleSet } from './testing/objects.js';

const ss = scaleSet('ss');
const minute = 60_000;
const numbered = (n: number): string => `id${String(n).padStart(3, '0')}`;

/** 150 pods with an identity each on a scale set; `bad` of the identities, spread among them, Azure rejects. */
function crowd(bad: number, options: MicWorldOptions & { readonly names: boolean }): MicWorld {
  const world = new MicWorld(options).nodes(instanceNode('ss', 0));
  for (let n = 0; n < 150; n++) {
    world
      .identities(identity(numbered(n)))
      .bindings(binding(`b${n}`, numbered(n), `app${n}`))
      .pods(pod(`p${n}`, `app${n}`, 'ss-0'));
  }
  for (let n = 0; n < bad; n++) world.compute.bad.add(idOf(numbered((7 + n * 37) % 150)));
  world.compute.names = options.names;
  return world;
}

const count = (world: MicWorld, status: string): number =>
  world.cluster.states.filter((state) => state.endsWith(status)).length;

/** The most PATCHes within any minute, less the burst of the bucket, must not exceed what comes in. */
function expectWithinLimits(world: MicWorld): void {
  const times = world.compute.patchedAt;
  times.forEach((from, first) => {
    times.slice(first).forEach((to, more) => {
      expect(more + 1).toBeLessThanOrEqual(12 + 4 * ((to - from) / minute) + 1e-6);
    });
  });
}

describe('of 150 identities', () => {
  it.each([1, 3, 40])('%i bad ones that Azure names are left out by two PATCHes, at once', async (bad) => {
    const world = await crowd(bad, { names: true }).start().pass(1000);
    expect(world.patches).toHaveLength(2);
    expect([count(world, 'Assigned'), count(world, 'Created'), world.on(ss).length]).toEqual([
      150 - bad,
      bad,
      150 - bad,
    ]);
    expect(world.failures).toEqual([]);
  });

  it.each([1, 3, 40])('%i bad ones that Azure has no longer but does not name, too', async (bad) => {
    const world = await crowd(bad, { names: false, readIdentities: true }).start().pass(1000);
    expect(world.patches).toHaveLength(2);
    expect([count(world, 'Assigned'), count(world, 'Created')]).toEqual([150 - bad, bad]);
  });

  it('one bad one of which nothing tells is found within the minute, and the others work', async () => {
    const world = await crowd(1, { names: false }).start().pass(minute);
    expect([count(world, 'Assigned'), count(world, 'Created')]).toEqual([149, 1]);
    expect(world.patches.length).toBeLessThanOrEqual(10 + 1);
    expectWithinLimits(world);
  });

  it.each([
    [3, 5],
    [40, 45],
  ])(
    '%i bad ones of which nothing tells are found within %i minutes, within the limits',
    async (bad, minutes) => {
      const world = await crowd(bad, { names: false })
        .start()
        .pass(minutes * minute);
      expect([count(world, 'Assigned'), count(world, 'Created')]).toEqual([150 - bad, bad]);
      expectWithinLimits(world);
    },
    30_000,
  );

  it('a new one does not wait until all bad ones are found', async () => {
    const world = await crowd(40, { names: false })
      .start()
      .pass(2 * minute);
    world.identities(identity('new')).bindings(binding('bn', 'new', 'n'));
    await world.pods(pod('pn', 'n', 'ss-0')).pass(minute);
    expect(world.cluster.states).toContain('pn-default-new Assigned');
    expectWithinLimits(world);
  });

  it.each([true, false])(
    'bad ones recover without a restart when their cause is gone (named: %s)',
    async (names) => {
      const world = await crowd(3, { names })
        .start()
        .pass(30 * minute);
      expect(count(world, 'Created')).toBe(3);
      world.compute.bad.clear();
      await world.pass(11 * minute);
      expect(count(world, 'Assigned')).toBe(150);
    },
    30_000,
  );

  it('bad ones cost less and less', async () => {
    const world = await crowd(40, { names: true })
      .start()
      .pass(60 * minute);
    const before = world.patches.length;
    await world.pass(60 * minute);
    expect(world.patches.length - before).toBeLessThanOrEqual(7);
    expect(count(world, 'Assigned')).toBe(110);
  }, 30_000);

  it('bad ones of which nothing tells leave room for others for good', async () => {
    const world = await crowd(40, { names: false })
      .start()
      .pass(60 * minute);
    const before = world.patches.length;
    await world.pass(20 * minute);
    expect(world.patches.length - before).toBeLessThanOrEqual(4 * 20);
    expectWithinLimits(world);
    world.identities(identity('new')).bindings(binding('bn', 'new', 'n'));
    await world.pods(pod('pn', 'n', 'ss-0')).pass(minute);
    expect(world.cluster.states).toContain('pn-default-new Assigned');
  }, 60_000);
});

describe('a throttled PATCH', () => {
  it('blames no identity, whatever its code and message', async () => {
    const world = crowd(0, { names: true });
    await world.start().pass(1000);
    world.identities(identity('new')).bindings(binding('bn', 'new', 'n'));
    const get = world.compute.get.bind(world.compute);
    world.compute.get = async (...parameters) => {
      const outcome = await get(...parameters);
      world.compute.get = get;
      world.compute.failures.push({
        kind: 'throttled',
        retryAfterMs: 20_000,
        message: `FailedIdentityOperation: '${idOf('new')}'`,
      });
      return outcome;
    };
    await world.pods(pod('pn', 'n', 'ss-0')).pass(10_000);
    expect(world.cluster.events.some(({ reason }) => reason === 'identity quarantined')).toBe(false);
    await world.pass(15_000);
    expect(world.cluster.states).toContain('pn-default-new Assigned');
  });
});
