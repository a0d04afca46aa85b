import type { Random } from '@aad-pod-identity/simulator';
import type { Step } from './actions.js';
import { azureIdentities, type Config } from './config.js';

/** How many stories have a rush in them. */
const share = 0.2;
const length = 36;

interface Tale {
  readonly config: Config;
  readonly steps: readonly Step[];
}

/**
 * In some stories, for a while, one pod's identity is another one every second or so, in an Azure that is quick and with
 * nothing left attached for later: more updates of one VM or scale set than Azure allows in that time.
 *
 * @param nodeNames - the pod is on one of these
 * @returns the story as it is, or with the rush in place of some steps
 */
export function withRush(story: Tale, random: Random, nodeNames: readonly string[]): Tale {
  const { config, steps } = story;
  if (random.next() >= share || steps.length < 2 * length) return story;
  const upTo = (most: number): number => Math.floor(random.next() * (most + 1));
  const start = upTo(steps.length - length);
  const node = nodeNames[upTo(nodeNames.length - 1)] ?? '';
  const namespace = 'default';
  const rush: Step[] = [
    {
      action: { do: 'binding', namespace, name: 'b-1', identity: 'id-a', selector: 'web' },
      thenMs: 0,
    },
    { action: { do: 'pod', namespace, name: 'web', label: 'web', node }, thenMs: 0 },
  ];
  for (let azure = upTo(azureIdentities - 1); rush.length < length; azure++) {
    const identity = { namespace, name: 'id-a', type: 0, azure: azure % azureIdentities, namespaced: false };
    rush.push({ action: { do: 'identity', ...identity }, thenMs: 400 + upTo(2_000) });
  }
  // What is calm stays so.
  const mixed = steps.map((step, index) =>
    step.action.do === 'calm' ? step : (rush[index - start] ?? step),
  );
  const durations = { virtualMachine: 0, scaleSet: 0 };
  return { config: { ...config, graceMs: 0, durations }, steps: mixed };
}
