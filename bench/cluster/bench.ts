import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { formatBytes, formatTime } from '../measure.js';
import { eventually } from '../../test/eventually.js';
import type { Bench, Table } from '../table.js';
import { armTime } from './azure.js';
import { forEach } from './cluster-api.js';
import { identityCount, podCount } from './objects.js';
import { measureOutage } from './outage.js';
import { measurePeriod, type ProgramFigures } from './period.js';
import { rolledPods, rollOut, type RolloutFigures } from './rollout.js';
import { ClusterWorld, type Program } from './world.js';

const settleMs = 60_000;
const restSeconds = 180;
/** Each of 100 kubelets writes the status of its node once in five minutes. */
const beatMs = 3_000;
/** An instance of a scale set, another one of another, and a virtual machine. */
const nmiNodes = [0, 11, 95];

/** `npm run bench -- cluster`: the built programs on a real etcd and API server. Linux; Go 1.24 once. */
export const bench: Bench = {
  run: async (): Promise<readonly Table[]> => {
    await using world = await ClusterWorld.start();
    await forEach(podCount, (index) => world.createPod(index));
    const nmis = [];
    for (const index of nmiNodes) nmis.push(await world.startNmi(index));
    await world.watch();
    await delay(10_000);
    await world.azure.armCalls();

    const started = performance.now();
    const leader = await world.startMic('mic-0');
    const working = (): true | undefined =>
      leader.process.lines.some((line) => line.includes('the lists are in')) || undefined;
    await eventually('MIC to work', working, { everyMs: 20 });
    const lists = performance.now() - started;
    const standby = await world.startMic('mic-1');
    const programs: readonly Program[] = [leader, standby, ...nmis];
    const loads: string[] = [];
    const note = (what: string): number => loads.push(`${(loadavg()[0] ?? 0).toFixed(1)} ${what}`);
    let assigned = 0;
    const first = await measurePeriod(world, programs, async () => {
      const all = (): true | undefined => world.assigned.count('Assigned') >= podCount || undefined;
      await eventually('all pods to be assigned', all, { everyMs: 50, withinMs: 600_000 });
      assigned = performance.now() - started;
    });
    note('when all was assigned');
    const arm = armTime(await world.azure.armCalls());

    await delay(settleMs);
    const rest = await measurePeriod(world, programs, async () => {
      for (let beat = 0; beat < (restSeconds * 1_000) / beatMs; beat++) {
        await world.beat(beat);
        await delay(beatMs);
      }
    });
    note('at rest');
    let rolled: RolloutFigures = { median: Number.NaN, p99: Number.NaN };
    const rollout = await measurePeriod(world, programs, async () => void (rolled = await rollOut(world)));
    const rolloutArm = armTime(await world.azure.armCalls());
    note('after the rollout');
    world.stopWatching();
    const outage = nmis[0] === undefined ? Number.NaN : await measureOutage(world, nmis[0]);
    return [
      {
        title: 'The whole system on a real API server: times',
        note: `${podCount.toLocaleString('en')} pods, 100 nodes (10 scale sets of 9, 10 virtual machines), ${identityCount} identities with a binding each. Load averages: ${loads.join(', ')}.`,
        columns: ['', 'measured'],
        rows: [
          ['start of MIC until its lists are in and it leads', formatTime(lists)],
          ['start of MIC until all are `Assigned`', formatTime(assigned)],
          [
            'of that, ARM, at the machine with most updates',
            `${arm.seconds} s (${arm.updates} updates in all)`,
          ],
          [
            `rollout of ${rolledPods} pods: from a pod to its \`Assigned\`, median`,
            formatTime(rolled.median),
          ],
          ['the same, 99th percentile', formatTime(rolled.p99)],
          ['the same, updates by ARM', String(rolloutArm.updates)],
          ['API server away for 60 s: from its return to the token of a new pod', formatTime(outage)],
        ],
      },
      programTable('while all is assigned', first),
      programTable(`at rest, ${restSeconds} s`, rest),
      programTable(`rollout of ${rolledPods} pods`, rollout),
      requestTable('while all is assigned', first),
      requestTable('at rest', rest),
      requestTable('rollout', rollout),
    ];
  },
};

function programTable(when: string, figures: readonly ProgramFigures[]): Table {
  return {
    title: `Programs: ${when}`,
    note: 'RSS as Linux counts; a kubeconfig, and its reader, are in it. Requests and bytes are of the API server.',
    columns: [
      '',
      'RSS, most so far',
      'RSS at the end',
      'of a core',
      'requests a minute',
      'received a minute',
    ],
    rows: figures.map(({ name, peakRss, rss, cpu, received, requests }) => [
      name,
      formatBytes(peakRss),
      formatBytes(rss),
      `${(cpu * 100).toFixed(2)} %`,
      [...requests.values()].reduce((sum, count) => sum + count, 0).toFixed(1),
      `${(received / 1e3).toFixed(1)} kB`,
    ]),
  };
}

function requestTable(when: string, figures: readonly ProgramFigures[]): Table {
  const rows = [...new Set(figures.flatMap(({ requests }) => [...requests.keys()]))].sort();
  return {
    title: `Requests a minute: ${when}`,
    note: 'A watch counts when it begins.',
    columns: ['', ...figures.map(({ name }) => name)],
    rows: rows.map((what) => [what, ...figures.map(({ requests }) => (requests.get(what) ?? 0).toFixed(1))]),
  };
}
