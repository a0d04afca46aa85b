/**
 * MIC and NMI as they run.
 *
 * @module
 */
import { eventually } from '../../eventually.js';
import type { ClusterObject } from './cluster.js';
import type { Installation } from './installation.js';
import type { World } from './world.js';

/** A pod of MIC or NMI. */
export interface ProgramPod extends ClusterObject {
  readonly metadata: ClusterObject['metadata'] & { readonly namespace: string };
  readonly spec: { readonly nodeName?: string };
}

/** The pods of one of them that are there, by the object that owns them. */
export async function podsOf(
  { cluster, installation }: World,
  program: 'mic' | 'nmi',
  { namespace, mic, nmi }: Pick<Installation, 'namespace' | 'mic' | 'nmi'> = installation,
): Promise<readonly ProgramPod[]> {
  const owners =
    program === 'nmi'
      ? [nmi]
      : (await cluster.list('ReplicaSet', { namespace }))
          .filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === mic))
          .map(({ metadata }) => metadata.name);
  const pods = await cluster.list<ProgramPod>('Pod', { namespace });
  return pods.filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => owners.includes(name)));
}

/** The pod of the MIC that leads. */
export async function leader(world: World): Promise<ProgramPod> {
  return eventually('a MIC to lead', async () => {
    const lease = await world.cluster.get<{ spec: { holderIdentity?: string } }>('Lease', {
      namespace: 'default',
      name: 'aad-pod-identity-mic',
    });
    const holder = lease?.spec.holderIdentity ?? '';
    return (await podsOf(world, 'mic')).find(
      ({ metadata }) => holder !== '' && holder.startsWith(metadata.name),
    );
  });
}

/** The pod of NMI on a node. */
export async function nmiOn(world: World, node: string): Promise<ProgramPod> {
  return eventually(`NMI on ${node}`, async () =>
    (await podsOf(world, 'nmi')).find(
      ({ spec, metadata }) => spec.nodeName === node && metadata.deletionTimestamp === undefined,
    ),
  );
}

/** Kills a program as the kernel does where memory is short; the kubelet starts it again. */
export async function kill(world: World, of: ProgramPod, container: 'mic' | 'nmi'): Promise<void> {
  const running = world.nodes.worker(of.metadata)?.process(container);
  if (running === undefined) throw new Error(`nothing of ${of.metadata.name} runs`);
  running.kill('SIGKILL');
  await running.ended;
}
