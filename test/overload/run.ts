/**
 * `npm run overload -- --connections 10000` attacks the built NMI from many addresses at once: connections that say nothing,
 * headers and bodies that come byte by byte, floods of both, requests without end. Meanwhile a pod asks for tokens. Fails
 * where it is not served, where NMI ends, or where memory does not stay bounded.
 */
import { parseArgs } from 'node:util';
import { attack } from './attack.js';

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '4' },
    rest: { type: 'string', default: '1' },
  },
});
const report = await attack({
  connections: Number(values.connections),
  secondsEach: Number(values.seconds),
  restSeconds: Number(values.rest),
  say: (line) => console.log(line),
});
console.log(
  '| attack | others asked | served | slowest answer | most connections | memory before / at most / after |',
);
console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
for (const { name, asked, served, slowestMs, connections, memory } of report.phases) {
  const mebibytes = [memory.before, memory.peak, memory.after].map((size) => size.toFixed(0)).join(' / ');
  console.log(
    `| ${name} | ${asked} | ${served} | ${slowestMs.toFixed(0)} ms | ${connections} | ${mebibytes} MiB |`,
  );
}
for (const line of report.failures) console.log(`FAILED: ${line}`);
if (report.failures.length > 0) process.exitCode = 1;
