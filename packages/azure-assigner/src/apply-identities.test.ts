import { VirtualClock } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { applyIdentities } from './apply-identities.js';
import { PatchSequence, noSuspicion, type IdentityWork } from './patch-sequence.js';
import { FakeCompute } from './testing/fake-compute.js';
import { idOf, scaleSet } from './testing/objects.js';

const ss = scaleSet('ss');
const running = new AbortController().signal;
const ids = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => idOf(`n${String(from + n).padStart(3, '0')}`));

async function apply(compute: FakeCompute, clock: VirtualClock, work: Partial<IdentityWork>) {
  const bad: string[] = [];
  const applying = (async () => {
    const before = await compute.get(ss, running);
    if (!before.ok) throw new Error(before.failure.message);
    const nothing = { attach: [], reattach: [], detach: [], again: [], alone: [], suspicion: noSuspicion };
    let identities = before.identities;
    let suspicion = work.suspicion ?? noSuspicion;
    // Run after run, as long as there is something to find out.
    for (let first = true; first || suspicion.groups.length + suspicion.deferred.length > 0; first = false) {
      const sequence = new PatchSequence({ ...nothing, ...(first ? work : {}), suspicion });
      const applied = await applyIdentities(identities, sequence, {
        compute,
        resource: ss,
        signal: running,
        conditional: true,
        withdrawn: () => [],
        missing: async () => [],
        onBad: ({ id }) => bad.push(id),
      });
      ({ identities } = applied);
      ({ suspicion } = sequence);
      if (applied.failure !== undefined) return { ...applied, bad: bad.sort() };
    }
    return { identities, failure: undefined, bad: bad.sort() };
  })();
  await clock.advance(1000);
  return applying;
}

function setUp() {
  const clock = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
  return { clock, compute: new FakeCompute(clock) };
}

const patches = (compute: FakeCompute): string[] => compute.calls.filter((call) => call.startsWith('patch'));

describe('applyIdentities', () => {
  it('sends nothing where nothing changes', async () => {
    const { clock, compute } = setUp();
    compute.resource(ss).identities.add(idOf('a'));
    const { identities, failure } = await apply(compute, clock, { attach: [idOf('a')], detach: [idOf('z')] });
    expect([patches(compute), identities.userAssigned.size, failure]).toEqual([[], 1, undefined]);
  });

  it('attaches and detaches in one PATCH', async () => {
    const { clock, compute } = setUp();
    compute.resource(ss).identities.add(idOf('a'));
    await apply(compute, clock, { attach: [idOf('b')], detach: [idOf('a')] });
    expect(patches(compute)).toEqual(['patch ss +b -a']);
  });

  it('never names more than 150 in one', async () => {
    const { clock, compute } = setUp();
    for (const id of ids(0, 200)) compute.resource(ss).identities.add(id);
    const { identities } = await apply(compute, clock, { attach: ids(200, 401), detach: ids(0, 200) });
    expect([...identities.userAssigned.keys()]).toEqual(ids(200, 401));
    const entries = patches(compute).map((call) => call.split(' ').length - 2);
    expect(entries).toEqual([150, 150, 101]);
  });

  it.each([true, false])('attaches all but the bad ones, named: %s', async (names) => {
    const { clock, compute } = setUp();
    compute.names = names;
    const bad = [idOf('n003'), idOf('n170')];
    for (const id of bad) compute.bad.add(id);
    const { identities, bad: found } = await apply(compute, clock, { attach: ids(0, 200), detach: [] });
    expect(found).toEqual(bad);
    expect(identities.userAssigned.size).toBe(198);
    expect(patches(compute).length).toBeLessThanOrEqual(names ? 4 : 36);
  });

  it('stops at another failure, and tells what stands', async () => {
    const { clock, compute } = setUp();
    compute.afterPatch = () => void compute.failures.push({ kind: 'conflict', message: 'busy' });
    const { identities, failure } = await apply(compute, clock, { attach: ids(0, 200), detach: [] });
    expect([failure?.kind, identities.userAssigned.size, patches(compute).length]).toEqual([
      'conflict',
      150,
      2,
    ]);
  });

  it('does not take a detachment apart that Azure calls bad', async () => {
    const { clock, compute } = setUp();
    compute.resource(ss).identities.add(idOf('a'));
    const get = compute.get.bind(compute);
    compute.get = async (resource, signal) => {
      const outcome = await get(resource, signal);
      compute.failures.push({ kind: 'poison', identities: [], message: 'm' });
      return outcome;
    };
    const { failure } = await apply(compute, clock, { detach: [idOf('a')] });
    expect(failure?.kind).toBe('poison');
    expect(patches(compute)).toHaveLength(1);
  });
});
