import { formatBytes, formatTime } from '../measure.js';
import type { Bench, Scenario } from '../table.js';
import { armSeconds, measureBurst } from './burst.js';
import { countQuietDay, countRollingRestart } from './counts.js';
import { measureMemory } from './memory.js';
import { measureOnePod } from './one-pod.js';
import { measureRestart } from './restart.js';

/** `npm run bench -- mic`: the built program against the simulator, both over real sockets. Linux only; five minutes. */
export const bench: Bench = {
  title: 'MIC',
  note: 'Pods of 3.4 KB of JSON, 50 identities, 10 scale sets of 10 nodes. Counts of writes are of AzureAssignedIdentities.',
  scenarios: {
    burst,
    rolling,
    quiet,
    restart,
    memory,
    'one-pod-1k': onePod(1_000),
    'one-pod-10k': onePod(10_000),
    'one-pod-100k': onePod(100_000),
  },
};

async function burst(): ReturnType<Scenario> {
  const pods = 3_000;
  const figures = await measureBurst(pods);
  const beyond = `${formatTime(figures.beyondArm)} beyond the ${figures.mostPatches * armSeconds} s of ARM`;
  return [
    ['3,000 pods at once: PATCHes of a scale set', '≤ 2', String(figures.mostPatches)],
    ['writes for each assignment', '≤ 2', (figures.writes / pods).toFixed(2)],
    ['Event objects for all of it', '', String(figures.events)],
    ['last pod until all are `Assigned`', 'ARM + 2 s', beyond],
    ['first `Assigned` to last', '', formatTime(figures.assigning)],
    ['processor time of MIC, from the first pod', '', formatTime(figures.cpu * 1_000)],
    ['the same after the first `Assigned`', '', formatTime(figures.cpuAssigning * 1_000)],
    ['the same, of the simulator: all of it', '', formatTime(figures.cpuSimulator * 1_000)],
  ];
}

async function rolling(): ReturnType<Scenario> {
  const { patches } = await countRollingRestart();
  return [['rolling restart of 500 pods: PATCHes', '0', String(patches)]];
}

async function quiet(): ReturnType<Scenario> {
  const { patches, assignments, conditions } = await countQuietDay();
  return [
    ['24 quiet hours: PATCHes', '0', String(patches)],
    ['24 quiet hours: writes', '0', String(assignments + conditions)],
  ];
}

async function restart(): ReturnType<Scenario> {
  const { lists, firstAssigned } = await measureRestart(3_000);
  return [
    ['start with 3,000 assignments: lists', '', formatTime(lists)],
    ['lists until the first pod is `Assigned`', '≤ 2 s', formatTime(firstAssigned)],
  ];
}

async function memory(): ReturnType<Scenario> {
  const { fresh, restarted, larger } = await measureMemory(10_000, 10_000);
  const both = ({ peak, quiet }: { readonly peak: number; readonly quiet: number }): string =>
    `${formatBytes(peak)}, ${formatBytes(quiet)}`;
  const growth = {
    peak: larger.peak - restarted.peak,
    quiet: larger.quiet - restarted.quiet,
  };
  return [
    ['RSS at 10,000 pods, all assignments new: at most, 30 s after', '≤ 150 MB', both(fresh)],
    ['the same after a restart', '≤ 150 MB', both(restarted)],
    ['the same after a restart with 20,000', '', both(larger)],
    ['growth with 10,000 further pods', 'stated', both(growth)],
  ];
}

function onePod(known: number): Scenario {
  const pods = 200;
  const name = `one pod after the other, ${known.toLocaleString('en')} known`;
  return async () => {
    const { median, p99, cpu, armCalls } = await measureOnePod(known, pods);
    return [
      [`${name}: created until \`Assigned\``, '≤ 100 ms', formatTime(median)],
      [`${name}: 99th percentile`, '', formatTime(p99)],
      [`${name}: processor time of MIC`, 'flat', formatTime(cpu)],
      [`${name}: calls to ARM for ${pods} pods`, '0', String(armCalls)],
    ];
  };
}
