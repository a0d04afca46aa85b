/**
 * A release of the original: accounts, rights and workloads by its names, with programs that stand for its own.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { eventually } from '../../eventually.js';
import { podLines } from '../world/containers-log.js';
import type { Installation } from '../world/installation.js';
import { podsOf } from '../world/programs.js';
import type { World } from '../world/world.js';

/** A line of a program that stands for the original's. */
interface OriginalLine {
  readonly at: number;
  /** Statuses of the lists that it asks for. */
  readonly lists?: readonly number[];
  /** Whether it has the original's lock. */
  readonly leads?: boolean;
}

type Names = Pick<Installation, 'namespace' | 'mic' | 'nmi'>;

/** The UIDs of its Deployment and DaemonSet. */
export async function workloadsOf(
  { cluster }: World,
  { namespace, mic, nmi }: Names,
): Promise<readonly (string | undefined)[]> {
  const deployment = await cluster.get('Deployment', { namespace, name: mic });
  const daemonSet = await cluster.get('DaemonSet', { namespace, name: nmi });
  const found = [deployment?.metadata.uid, daemonSet?.metadata.uid];
  assert(!found.includes(undefined), 'both are there');
  return found;
}

/** Resolves when its programs run from now on, read all that they need, and one MIC has its lock. */
export async function originalRuns(world: World, names: Names): Promise<void> {
  const since = Date.now();
  await eventually(
    'the programs of the original to work',
    async () => {
      const last = async (program: 'mic' | 'nmi'): Promise<readonly (OriginalLine | undefined)[]> =>
        Promise.all(
          (await podsOf(world, program, names))
            .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
            .map(async ({ metadata }) => (await podLines<OriginalLine>(world.logs, metadata)).at(-1)),
        );
      const [mics, nmis] = [await last('mic'), await last('nmi')];
      const works = (line: OriginalLine | undefined): boolean =>
        line !== undefined && line.at > since && line.lists?.join() === '200';
      const all = mics.length === 2 && nmis.length === world.nodes.all.length;
      return (
        all && [...mics, ...nmis].every(works) && mics.filter((line) => line?.leads === true).length === 1
      );
    },
    { withinMs: 90_000, everyMs: 500 },
  );
}
