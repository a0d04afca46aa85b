/**
 * `npm run authorization-model -- --requests 100000 --seed 1` compares NMI's decisions with the model's; `--world N`
 * repeats one world of a seed.
 */
import { parseArgs } from 'node:util';
import { compare, describeComparison } from './compare.js';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    world: { type: 'string' },
  },
});
const startedAt = performance.now();
const comparison = await compare(Number(values.seed), {
  requests: Number(values.requests),
  ...(values.world === undefined ? {} : { world: Number(values.world) }),
});
console.log(describeComparison(comparison, (performance.now() - startedAt) / 1_000));
if (comparison.disagreement !== undefined) process.exitCode = 1;
