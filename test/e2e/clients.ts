/**
 * Pods that ask for tokens.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { eventually, type Waiting } from '../eventually.js';
import { podLines, podLog } from './world/containers-log.js';
import { createPod } from './world/create-pod.js';
import { type PodShape } from './world/identities.js';
import type { World } from './world/world.js';

/** One answer that `token-client` got. */
export interface Answer {
  /** When it was asked for, in wall-clock milliseconds. */
  readonly at: number;
  readonly ms: number;
  readonly status?: number;
  /** The client ID that the token is for. */
  readonly appid?: string;
  readonly error?: string;
  readonly reason?: string;
  /** Why there was no answer. */
  readonly failure?: string;
  /** Of `/metadata/instance`: the name of the machine. */
  readonly name?: string;
}

/** Where a pod is, and what it does. */
export type ClientShape = Omit<PodShape, 'image'>;

/** Runs a pod to its end, and gives what it printed. */
export async function runPod(world: World, shape: PodShape, waiting: Waiting = {}): Promise<string> {
  await createPod(world.cluster, shape);
  const { namespace, name } = shape;
  await eventually(
    `pod ${namespace}/${name} to end`,
    async () => {
      const found = await world.cluster.get<{ status?: { phase?: string } }>('Pod', { namespace, name });
      return ['Succeeded', 'Failed'].includes(found?.status?.phase ?? '');
    },
    waiting,
  );
  return podLog(world.logs, { namespace, name });
}

/** Asks for one token in a new pod, and gives the answer. */
export async function askOnce(world: World, shape: ClientShape, waiting: Waiting = {}): Promise<Answer> {
  await runPod(
    world,
    { ...shape, image: 'token-client', args: ['--count', '1', ...(shape.args ?? [])] },
    waiting,
  );
  const [answer] = await podLines<Answer>(world.logs, shape);
  assert(answer !== undefined, `pod ${shape.name} printed no answer: ${await podLog(world.logs, shape)}`);
  return answer;
}

/** A pod that asks all the time. */
export interface Asker {
  readonly answers: () => Promise<readonly Answer[]>;
  /** The first answer that fits among those asked for after this call. */
  readonly next: (what: string, fits: (answer: Answer) => boolean, waiting?: Waiting) => Promise<Answer>;
  /** Deletes the pod, and gives every answer. */
  readonly stop: () => Promise<readonly Answer[]>;
}

/** Starts a pod that asks for a token every so often; resolves when it runs. */
export async function startAsker(world: World, shape: ClientShape, everyMs = 250): Promise<Asker> {
  const args = ['--every', `${everyMs}`, ...(shape.args ?? [])];
  await createPod(world.cluster, { ...shape, image: 'token-client', args });
  const { namespace, name } = shape;
  await eventually(`pod ${name} to run`, async () => {
    const found = await world.cluster.get<{ status?: { phase?: string } }>('Pod', { namespace, name });
    return found?.status?.phase === 'Running';
  });
  const answers = (): Promise<readonly Answer[]> => podLines<Answer>(world.logs, { namespace, name });
  return {
    answers,
    next: (what, fits, waiting) => {
      const from = Date.now();
      return eventually(
        what,
        async () => (await answers()).find((one) => one.at >= from && fits(one)),
        waiting,
      );
    },
    stop: async () => {
      await world.cluster.deleteAndWait('Pod', { namespace, name });
      return answers();
    },
  };
}

/** How often each outcome came: `200 CLIENT-ID`, `403`, `ECONNREFUSED`. */
export function outcomes(answers: readonly Answer[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, appid, failure } of answers) {
    const outcome = [status ?? failure, appid].filter((part) => part !== undefined).join(' ');
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}
