/**
 * `npm run soak -- --minutes 30 --pods 110 --seed 1` soaks the built NMI in a simulated cluster. Fails where an answer
 * was wrong, memory grew, or NMI complained.
 */
import { parseArgs } from 'node:util';
import { soak } from './soak.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    pods: { type: 'string', default: '110' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    requests: { type: 'string', default: '25' },
    changes: { type: 'string', default: '2' },
  },
});
const minutes = Number(values.minutes);
console.log(`seed ${values.seed}`);
const report = await soak({
  minutes,
  pods: Number(values.pods),
  seed: Number(values.seed),
  requestsPerSecond: Number(values.requests),
  changesPerSecond: Number(values.changes),
  say: (line) => console.log(line),
});
const { judged, decided, unjudged, hungUp, answers, wrong, faults, changes, memory, complaints } = report;
const kinds = [...answers].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} × ${count}`);
console.log(
  `${judged} answers judged (${decided} with one right answer), ${unjudged} not judged, ${hungUp} hung up, ${changes} changes, ${faults} faults`,
);
console.log(kinds.join(', '));
console.log(
  `memory: ${memory.first.toFixed(1)} MiB at first, ${memory.last.toFixed(1)} MiB at last, highest ${memory.highest.toFixed(1)} MiB, slope ${memory.slopePerHour.toFixed(2)} MiB/h`,
);
// In a short run the heap still finds its size.
const grew = memory.last - memory.first > (minutes < 5 ? 60 : 6);
if (grew) console.log('FAILED: memory grew');
for (const line of complaints) console.log(`FAILED: nmi: ${line}`);
if (wrong.length > 0) console.log(`FAILED: ${wrong.length} wrong answers`);
if (grew || wrong.length > 0 || complaints.length > 0) process.exitCode = 1;
