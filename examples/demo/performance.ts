import { Cluster } from './cluster.js';
import {
  bind,
  refuse,
  unbind,
  useHostToken,
  useIdentity,
  useStockClient,
  type Scene,
} from './demonstration.js';
import type { Pod, Refusal } from './pod-program.js';
import { prepareAzure, prepareCluster } from './preparation.js';
import { startMic, startNmi, startSimulator, type Cast, type RunningSimulator } from './programs.js';
import { azurePeople } from './simulated-azure.js';
import { nodeName } from './stage.js';
import type { Story } from './story.js';

/** What was shown, with everything still up. */
export interface Performance extends AsyncDisposable {
  readonly simulator: RunningSimulator;
  readonly scene: Scene;
  /** The pod that was granted the identity. */
  readonly granted: Pod;
  readonly virtualMachines: readonly string[];
  readonly refused: Refusal;
  readonly afterUnbind: Refusal;
}

/** The whole story, from nothing to a pod that had an identity and has none any more. */
export async function perform(story: Story, cast: Cast): Promise<Performance> {
  const simulator = await story.step(
    'a cluster and an Azure are up, simulated',
    () => startSimulator(cast),
    () => [cast.stage.description],
  );
  const cluster = await Cluster.connect(simulator.kubeconfig, cast.patience);
  try {
    await cluster.cordonAllBut(nodeName);
    const nmi = await story.step(`MIC leads, and NMI listens on node ${nodeName}`, async () => {
      const [, listening] = await Promise.all([startMic(cast, simulator), startNmi(cast, simulator)]);
      return listening;
    });
    const endpoints = { nmi, imds: new URL(simulator.urls.imds[nodeName] ?? '') };
    const people = await azurePeople(cast, simulator);
    const variables = await prepareAzure(story, people, simulator);
    const pods = await prepareCluster(story, cluster, variables, cast.stage);
    const scene: Scene = { story, cast, cluster, owner: people.owner, variables, endpoints };
    await bind(scene);
    const virtualMachines = await useIdentity(scene, pods.granted);
    await useHostToken(scene, pods.granted);
    if (cast.stage.intercepts) await useStockClient(scene, pods.granted);
    const refused = await refuse(scene, pods.refused);
    const afterUnbind = await unbind(scene, pods.granted);
    return {
      simulator,
      scene,
      granted: pods.granted,
      virtualMachines,
      refused,
      afterUnbind,
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}
