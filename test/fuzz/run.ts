/**
 * `npm run fuzz -- --targets 1000000 --seed 1`: attacks a real listener of NMI over sockets. `--attack N` repeats one
 * attack of a seed and prints its bytes.
 */
import { parseArgs } from 'node:util';
import { attackedCluster } from './attackers.js';
import { fuzz } from './fuzz.js';
import { startGenerousImds } from './generous-imds.js';
import { attackedNmi } from './attacked-nmi.js';
import { describeReport } from './describe-report.js';

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '50000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    attack: { type: 'string' },
  },
});
const [seed, targets] = [Number(values.seed), Number(values.targets)];
console.log(`seed ${seed}`);
await using imds = await startGenerousImds();
await using nmi = await attackedNmi(imds.port, attackedCluster());
const startedAt = performance.now();
let told = 0;
const report = await fuzz({
  seed,
  targets,
  port: nmi.port,
  imds,
  ...(values.attack === undefined ? {} : { attack: Number(values.attack) }),
  alsoCheck: nmi.trouble,
  onProgress: (sent) => {
    if (sent - told < 100_000) return;
    told = sent;
    console.log(`${sent} targets`);
  },
});
console.log(describeReport(report, seed, (performance.now() - startedAt) / 1_000));
if (report.failure !== undefined) process.exitCode = 1;
