/**
 * `npm run chaos:mutants`: gives MIC one deliberate bug after the other, and fails where the oracle misses one. Names on
 * the command line: only those.
 */
import { availableParallelism } from 'node:os';
import { playAll } from './campaign.js';
import { mutations, type Mutation } from './mutations.js';

const stepsEach = 200;
/** How many episodes a bug has to show itself in. */
const episodes = 40;

interface Catch {
  readonly seed: number;
  readonly step: number;
  readonly rule: string;
  /** Steps of all episodes up to there. */
  readonly steps: number;
}

/** Plays until the bug shows. @returns undefined where it does not */
async function caught({ replace }: Mutation): Promise<Catch | undefined> {
  const seeds = Array.from({ length: episodes }, (_, index) => index + 1);
  let found: Catch | undefined;
  let steps = 0;
  await playAll({ seeds, stepsEach, workers: 1, replace }, ({ seed, outcome: { violation, step } }) => {
    steps += step;
    if (violation === undefined) return 'go on';
    found = { seed, step, rule: violation.rule, steps };
    return 'stop';
  });
  return found;
}

const wanted = process.argv.slice(2);
const queue = mutations.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const count = queue.length;
let missed = 0;
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let mutation = queue.shift(); mutation !== undefined; mutation = queue.shift()) {
      const found = await caught(mutation);
      const { name, bug } = mutation;
      if (found === undefined) {
        missed++;
        console.log(`MISSED ${name}: ${bug}, in ${episodes} episodes`);
      } else {
        const { seed, step, rule, steps } = found;
        console.log(`caught ${name}: ${bug}; by "${rule}", seed ${seed}, step ${step} (${steps} in all)`);
      }
    }
  }),
);
console.log(`${count - missed} of ${count} deliberate bugs caught`);
if (missed > 0) process.exitCode = 1;
