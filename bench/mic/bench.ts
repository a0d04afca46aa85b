import { formatBytes, formatTime } from '../measure.js';
import type { Bench, Table } from '../table.js';
import { armSeconds, measureBurst } from './burst.js';
import { countQuietDay, countRollingRestart } from './counts.js';
import { measureMemory, type MemoryFigures } from './memory.js';
import { measureOnePod } from './one-pod.js';
import { measureRestart } from './restart.js';

/** `npm run bench -- mic`: the built program against the simulator, both over real sockets. */
export const bench: Bench = {
  run: async (): Promise<readonly Table[]> => [
    await inAll(),
    await onePod([1_000, 10_000, 100_000]),
    await memory([10_000, 20_000]),
  ],
};

async function inAll(): Promise<Table> {
  const pods = 3_000;
  const burst = await measureBurst(pods);
  const rolling = await countRollingRestart();
  const quiet = await countQuietDay();
  const restart = await measureRestart(pods);
  const beyond = `${formatTime(burst.beyondArm)} beyond the ${burst.mostPatches * armSeconds} s of ARM`;
  return {
    title: 'MIC: work',
    note: 'Pods of 3.4 KB of JSON, 50 identities, 10 scale sets of 10 nodes. Counts of writes are of AzureAssignedIdentities.',
    columns: ['scenario', 'aim', 'measured'],
    rows: [
      ['3,000 pods at once: PATCHes of a scale set', '≤ 2', String(burst.mostPatches)],
      ['writes for each assignment', '≤ 2', (burst.writes / pods).toFixed(2)],
      ['Event objects for all of it', '', String(burst.events)],
      ['last pod until all are `Assigned`', 'ARM + 2 s', beyond],
      ['first `Assigned` to last', '', formatTime(burst.assigning)],
      ['processor time of MIC', '', formatTime(burst.cpu * 1_000)],
      ['rolling restart of 500 pods: PATCHes', '0', String(rolling.patches)],
      ['24 quiet hours: PATCHes', '0', String(quiet.patches)],
      ['24 quiet hours: writes', '0', String(quiet.assignments + quiet.conditions)],
      ['start with 3,000 assignments: lists', '', formatTime(restart.lists)],
      ['lists until the first pod is `Assigned`', '≤ 2 s', formatTime(restart.firstAssigned)],
    ],
  };
}

async function onePod(sizes: readonly number[]): Promise<Table> {
  const figures = [];
  for (const known of sizes) figures.push(await measureOnePod(known, 300));
  return {
    title: 'MIC: one pod whose identity is on its scale set',
    note: 'One after the other, by the number of pods that MIC knows, each with its assignment.',
    columns: ['', ...figures.map(({ known }) => `${known.toLocaleString('en')} pods`)],
    rows: [
      ['created until `Assigned`, median', ...figures.map(({ median }) => formatTime(median))],
      ['created until `Assigned`, 99th percentile', ...figures.map(({ p99 }) => formatTime(p99))],
      ['processor time of MIC', ...figures.map(({ cpu }) => formatTime(cpu))],
      ['calls to ARM for 300 pods', ...figures.map(({ armCalls }) => String(armCalls))],
    ],
  };
}

async function memory(sizes: readonly number[]): Promise<Table> {
  const figures: MemoryFigures[] = [];
  for (const pods of sizes) figures.push(await measureMemory(pods));
  const row = (name: string, of: (figure: MemoryFigures) => number): string[] => [
    name,
    ...figures.map((figure) => formatBytes(of(figure))),
  ];
  return {
    title: 'MIC: memory',
    note: 'RSS of the process with each pod assigned; 45 MB are the mapped program of Node itself.',
    columns: ['', ...sizes.map((pods) => `${pods.toLocaleString('en')} pods`)],
    rows: [
      row('at most, while all assignments are new', ({ newPeak }) => newPeak),
      row('15 s after that', ({ newQuiet }) => newQuiet),
      row('at most, after a restart', ({ restartPeak }) => restartPeak),
      row('15 s after that', ({ restartQuiet }) => restartQuiet),
    ],
  };
}
