import { sleep } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { MicWorld } from './testing/mic-world.js';
import { binding, identity, instanceNode, pod, scaleSet } from './testing/objects.js';

const updateMs = 40_000;

/** A scale set of one node; pods with the label appN get the identity idN. */
function world(identities: number): MicWorld {
  const made = new MicWorld().nodes(instanceNode('ss', 0));
  for (let n = 0; n < identities; n++)
    made.identities(identity(`id${n}`)).bindings(binding(`b${n}`, `id${n}`, `app${n}`));
  made.compute.latencyMs = updateMs;
  return made;
}

describe('pods that come one after the other', () => {
  it('get their identities with one PATCH, where they come before it is sent', async () => {
    const burst = world(5).pods(pod('p0', 'app0', 'ss-0'));
    let next = 1;
    // With each object that is written for one pod, the next pod shows up.
    burst.cluster.before = (write) => {
      if (write.startsWith('create') && next < 5) burst.pods(pod(`p${next}`, `app${next++}`, 'ss-0'));
    };
    await burst.start().pass(2 * updateMs + 1000);
    expect(burst.compute.calls).toEqual(['get ss', 'patch ss +id0 +id1 +id2 +id3 +id4']);
    expect(burst.cluster.states.filter((state) => state.endsWith('Assigned'))).toHaveLength(5);
  });

  it('have their objects written together, where they come while Azure tells what a scale set has', async () => {
    const burst = world(5).pods(pod('p0', 'app0', 'ss-0'));
    burst.cluster.pause = () => sleep(burst.clock, 100);
    await burst.start().pass(updateMs / 2);
    for (let n = 1; n < 5; n++) burst.pods(pod(`p${n}`, `app${n}`, 'ss-0'));
    await burst.pass(updateMs);
    expect(burst.compute.calls).toEqual(['get ss', 'patch ss +id0 +id1 +id2 +id3 +id4']);
    const askedAt = burst.compute.patchedAt[0] ?? Number.NaN;
    // The window in which changes are collected, the look at the scale set, and one round of writes.
    expect(askedAt).toBeLessThan(updateMs + 200);
  });

  it('do not keep an update from being sent until each has an object: one for each identity is enough', async () => {
    const burst = world(2).pods(pod('p0', 'app0', 'ss-0'));
    burst.compute.latencyMs = 0;
    burst.cluster.pause = () => sleep(burst.clock, 100);
    burst.cluster.before = (write) => {
      if (write !== 'create default/p0-default-id0') return;
      burst.pods(
        pod('p1', 'app1', 'ss-0'),
        ...Array.from({ length: 40 }, (_, n) => pod(`more${n}`, 'app0', 'ss-0')),
      );
    };
    const written: number[] = [];
    burst.compute.afterPatch = () => written.push(burst.cluster.objects.size);
    await burst.start().pass(1_000);
    expect(burst.compute.calls).toEqual(['get ss', 'patch ss +id0 +id1']);
    expect(written).toEqual([2]);
    expect(burst.cluster.states.filter((state) => state.endsWith('Assigned'))).toHaveLength(42);
  });

  it('do not put an update off for more than a second', async () => {
    const burst = world(200).pods(pod('p0', 'app0', 'ss-0'));
    burst.compute.latencyMs = 0;
    burst.cluster.pause = () => sleep(burst.clock, 100);
    let next = 1;
    burst.cluster.before = (write) => {
      if (write.startsWith('create') && next < 200) burst.pods(pod(`p${next}`, `app${next++}`, 'ss-0'));
    };
    await burst.start().pass(1500);
    expect(burst.patches).toHaveLength(1);
  });
});

it('pods that come late to a scale set do not wait for the objects of all others', async () => {
  const others = 40;
  const burst = world(10).pods(pod('first', 'app0', 'ss-0'));
  for (let n = 0; n < others; n++) {
    burst.nodes(instanceNode(`other${n}`, 0));
    for (let id = 0; id < 10; id++) burst.pods(pod(`p${n}-${id}`, `app${id}`, `other${n}-0`));
  }
  burst.compute.latencyMs = 0;
  // 32 at once: 1.3 s for all of them.
  burst.cluster.pause = () => sleep(burst.clock, 100);
  let isLate = false;
  burst.cluster.before = () => {
    if (!isLate) burst.pods(pod('late', 'app1', 'ss-0'));
    isLate = true;
  };
  await burst.start().pass(500);
  expect(burst.patches).toContain('patch ss +id0 +id1');
  await burst.pass(3_000);
  expect(burst.patches).toHaveLength(others + 1);
});

describe('while a scale set is updated', () => {
  it('pods whose identity is there are assigned within 100 ms', async () => {
    const busy = world(2).pods(pod('first', 'app0', 'ss-0'));
    await busy.start().pass(3 * updateMs);
    await busy.pods(pod('waits', 'app1', 'ss-0')).pass(updateMs + 1000);
    expect(busy.patches).toHaveLength(2);
    await busy.pods(pod('served', 'app0', 'ss-0')).pass(100);
    expect(busy.cluster.states).toEqual([
      'first-default-id0 Assigned',
      'served-default-id0 Assigned',
      'waits-default-id1 Created',
    ]);
  });

  it('pods that came together with one that waits for it do not wait', async () => {
    const busy = world(2).pods(pod('first', 'app0', 'ss-0'));
    await busy.start().pass(3 * updateMs);
    await busy.pods(pod('waits', 'app1', 'ss-0'), pod('served', 'app0', 'ss-0')).pass(updateMs + 1000);
    expect(busy.cluster.states).toContain('served-default-id0 Assigned');
    expect(busy.cluster.states).toContain('waits-default-id1 Created');
  });

  it('the objects of further pods are written, and NMI may serve them when it is over', async () => {
    const busy = world(1).pods(pod('first', 'app0', 'ss-0'));
    await busy.start().pass(updateMs + 1000);
    await busy.pods(pod('second', 'app0', 'ss-0')).pass(100);
    expect(busy.cluster.states).toEqual(['first-default-id0 Created', 'second-default-id0 Created']);
    await busy.pass(updateMs);
    expect(busy.cluster.states).toEqual(['first-default-id0 Assigned', 'second-default-id0 Assigned']);
    expect(busy.compute.calls).toEqual(['get ss', 'patch ss +id0']);
  });

  it('an object that somebody tears out is written again, so that what is attached comes off when the pod goes', async () => {
    const busy = world(1).pods(pod('first', 'app0', 'ss-0'));
    await busy.start().pass(updateMs + 1000);
    expect(busy.patches).toEqual(['patch ss +id0']);
    busy.cluster.tearOut('default/first-default-id0');
    await busy.pass(100);
    expect(busy.cluster.states).toEqual(['first-default-id0 Created']);
    await busy.take('Pod', 'first').pass(4 * updateMs);
    expect(busy.patches).toEqual(['patch ss +id0', 'patch ss none']);
    expect([busy.on(scaleSet('ss')), busy.cluster.states]).toEqual([[], []]);
  });

  it('a pod that wants what comes off waits until it is attached again', async () => {
    const busy = world(2).pods(pod('stays', 'app0', 'ss-0'), pod('goes', 'app1', 'ss-0'));
    await busy.start().pass(3 * updateMs);
    await busy.take('Pod', 'goes').pass(updateMs + 1000);
    expect(busy.patches.at(-1)).toBe('patch ss -id1');
    await busy.pods(pod('wants', 'app1', 'ss-0')).pass(1000);
    expect(busy.cluster.states).not.toContain('wants-default-id1 Assigned');
    await busy.pass(4 * updateMs);
    expect(busy.cluster.states).toContain('wants-default-id1 Assigned');
    expect(busy.on(scaleSet('ss'))).toEqual(['id0', 'id1']);
  });
});
