import { askAsPod } from '../../test/soak/pod-client.js';
import { eventually } from '../../test/eventually.js';
import { tokenTarget } from '../nmi/measured-node.js';
import { identityOfPod, nodeOfPod, podAddress, podCount } from './objects.js';
import { rolledPods } from './rollout.js';
import type { ClusterWorld, NodeProgram } from './world.js';

const outageMs = 60_000;

/** Milliseconds from when the API server is ready again, which is when a pod is created, to that pod's token. */
export async function measureOutage(world: ClusterWorld, nmi: NodeProgram): Promise<number> {
  const index = podOn(world, nmi.node);
  await world.controlPlane.stopApiServer();
  await new Promise((resolve) => setTimeout(resolve, outageMs));
  await world.controlPlane.startApiServer();
  const ready = performance.now();
  await world.createPod(index);
  const request = { port: nmi.port, from: podAddress(index), target: tokenTarget(), keptAlive: false };
  await eventually(
    `a token for ${identityOfPod(index)}`,
    async () => ((await askAsPod(request))?.status === 200 ? true : undefined),
    {
      everyMs: 200,
      withinMs: 300_000,
    },
  );
  return performance.now() - ready;
}

/** The number of a pod that is not there yet, on that node. */
function podOn(world: ClusterWorld, node: string): number {
  let index = podCount + rolledPods;
  while (nodeOfPod(index, world.azure.nodes, 0) !== node) index++;
  return index;
}
