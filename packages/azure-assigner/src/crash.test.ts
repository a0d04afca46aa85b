import { KubernetesError } from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import type { ComputeOutcome } from './compute.js';
import { MicWorld } from './testing/mic-world.js';
import { binding, idOf, identity, instanceNode, pod, scaleSet, vm, vmNode } from './testing/objects.js';

/**
 * Lets MIC die at its `at`th effect, before it happens or right after: from then on nothing gets through any more, and
 * nobody is told. @returns whether it has come to that
 */
function dieAt(world: MicWorld, at: number, when: 'before' | 'after'): () => boolean {
  let effects = 0;
  let dead = false;
  const { cluster, compute } = world;
  const gone = (): KubernetesError => new KubernetesError('not-leading', 'dead');
  const guard = async <T>(effect: () => Promise<T>, lost: () => T): Promise<T> => {
    if (dead) return lost();
    const fatal = ++effects === at;
    if (fatal && when === 'before') {
      dead = true;
      return lost();
    }
    const result = await effect();
    if (!fatal) return result;
    dead = true;
    return lost();
  };
  const reject = (): never => {
    throw gone();
  };
  const aborted = (): ComputeOutcome => ({ ok: false, failure: { kind: 'aborted', message: 'dead' } });
  for (const method of ['create', 'replace', 'update', 'remove'] as const) {
    const original = cluster[method].bind(cluster) as (...parameters: unknown[]) => Promise<never>;
    cluster[method] = (...parameters: unknown[]) => guard(() => original(...parameters), reject);
  }
  const patch = compute.patch.bind(compute);
  compute.patch = (...parameters) => guard(() => patch(...parameters), aborted);
  return () => dead;
}

/** Makes what {@link dieAt} did undone, as a new process would. */
function revive(world: MicWorld): void {
  for (const method of ['create', 'replace', 'update', 'remove'] as const)
    Reflect.deleteProperty(world.cluster, method);
  Reflect.deleteProperty(world.compute, 'patch');
}

const v0 = vm('v0');
const v1 = vm('v1');
const ss = scaleSet('ss');

interface Story {
  readonly name: string;
  readonly begin: () => MicWorld;
  /** What happens once everything is assigned. */
  readonly change: (world: MicWorld) => void;
}

const base = (): MicWorld =>
  new MicWorld({ graceMs: 60_000 })
    .nodes(vmNode('v0'), vmNode('v1'), instanceNode('ss', 0), instanceNode('ss', 1))
    .identities(identity('id1'), identity('id2'))
    .bindings(binding('b1', 'id1', 'web'), binding('b2', 'id2', 'web'))
    .pods(pod('a', 'web', 'v0'), pod('b', 'web', 'ss-0'), pod('c', 'web', 'ss-1'));

const stories: Story[] = [
  { name: 'nothing else', begin: base, change: () => undefined },
  { name: 'a binding goes', begin: base, change: (world) => world.take('AzureIdentityBinding', 'b1') },
  { name: 'pods go', begin: base, change: (world) => world.take('Pod', 'a').take('Pod', 'b') },
  {
    name: 'a pod moves between VMs',
    begin: base,
    change: (world) => world.pods(pod('a', 'web', 'v1')),
  },
  {
    name: 'an identity stands for another one',
    begin: base,
    change: (world) => world.identities(identity('id1', { resourceID: idOf('new') })),
  },
  {
    name: 'a node of the scale set and its pod go',
    begin: base,
    change: (world) => world.take('Node', 'ss-1').take('Pod', 'c').take('Pod', 'b'),
  },
  {
    name: 'somebody deletes an object',
    begin: base,
    change: (world) => {
      if (world.cluster.objects.has('default/a-default-id1')) world.cluster.delete('default/a-default-id1');
    },
  },
  {
    name: 'an identity was there before',
    begin: () => {
      const world = base();
      world.compute.resource(v0).identities.add(idOf('id1'));
      world.compute.resource(ss).identities.add(idOf('id2'));
      return world;
    },
    change: (world) => world.take('Pod', 'a').take('Pod', 'b').take('Pod', 'c'),
  },
];

const hour = 3_600_000;

/** What is left at the end: attached identities, and assignments whatever their objects are called. */
function end(world: MicWorld): unknown {
  const assignments = [...world.cluster.objects.values()].map(
    ({ spec, status, deleting }) =>
      `${spec.pod} ${spec.azureIdentityRef.name} ${spec.nodeName} ${status ?? ''} ${deleting}`,
  );
  return { v0: world.on(v0), v1: world.on(v1), ss: world.on(ss), assignments: assignments.sort() };
}

async function play(
  { begin, change }: Story,
  at: number,
  when: 'before' | 'after',
): Promise<{ end: unknown; died: boolean }> {
  const world = begin();
  const died = dieAt(world, at, when);
  await world.start().pass(5000);
  change(world);
  await world.pass(2 * 60_000);
  if (died()) {
    await world.kill();
    revive(world);
    await world.start().pass(hour);
  }
  return { end: end(world), died: died() };
}

describe.each(stories)('killed at any effect and started again, while $name', (story) => {
  it.each(['before', 'after'] as const)('reaches the same end (%s the effect)', async (when) => {
    const undisturbed = await play(story, Number.POSITIVE_INFINITY, when);
    let deaths = 0;
    for (let at = 1; ; at++) {
      const { end: reached, died } = await play(story, at, when);
      if (!died) break;
      deaths++;
      expect(reached, `killed ${when} effect ${at}`).toEqual(undisturbed.end);
    }
    expect(deaths).toBeGreaterThanOrEqual(8);
  });
});
