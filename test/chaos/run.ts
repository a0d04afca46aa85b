/**
 * `npm run chaos`: plays stories of faults against MIC on virtual time, until one goes wrong.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { shippedCrds } from '../shipped-crds.js';
import { playAll } from './campaign.js';
import { play, type Outcome } from './episode.js';
import { shrink } from './shrink.js';
import { storyOf, type Story } from './story/generate.js';

const usage = `npm run chaos -- [options]
  --seed N     the first seed (1)
  --seeds M    how many episodes, each with its own seed; steps are shared out
  --steps S    how many steps in all (10000); 200 an episode where --seeds is absent
  --workers W  how many processes (as many as there are cores)
  --keep-going does not end at the first violation
  --shrink     drops steps from a story that fails, as long as it does
  --replay F   plays the story in this file instead
  --verbose    prints everything that happens
`;
const stepsEach = 200;
/** How many stories are tried to find a shorter one. */
const shrinkBudget = 400;
const lastLines = 60;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    steps: { type: 'string', default: '10000' },
    workers: { type: 'string', default: String(availableParallelism()) },
    'keep-going': { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    replay: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(usage);
else if (values.replay !== undefined) await replay(values.replay);
else await campaign();

async function replay(file: string): Promise<void> {
  const story = JSON.parse(readFileSync(file, 'utf8')) as Story;
  const outcome = await play(story, await shippedCrds(), { onLine: (line) => console.log(line) });
  describe(outcome, 0);
}

async function campaign(): Promise<void> {
  const first = Number(values.seed);
  const total = Number(values.steps);
  const count = values.seeds === undefined ? Math.max(1, Math.ceil(total / stepsEach)) : Number(values.seeds);
  const each = Math.max(1, Math.ceil(total / count));
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  if (values.verbose && count === 1) {
    describe(
      await play(storyOf(first, each), await shippedCrds(), { onLine: (line) => console.log(line) }),
      0,
    );
    return;
  }
  const started = performance.now();
  let episodes = 0;
  let steps = 0;
  let virtualMs = 0;
  let slowestCalmMs = 0;
  const failed: { readonly seed: number; readonly outcome: Outcome }[] = [];
  await playAll({ seeds, stepsEach: each, workers: Number(values.workers) }, ({ seed, outcome }) => {
    episodes++;
    steps += each;
    virtualMs += outcome.virtualMs;
    slowestCalmMs = Math.max(slowestCalmMs, outcome.slowestCalmMs);
    if (episodes % 500 === 0) console.log(`${episodes} episodes, ${steps} steps, ${failed.length} failed`);
    if (outcome.violation === undefined) return 'go on';
    failed.push({ seed, outcome });
    if (!values['keep-going']) return 'stop';
    console.log(
      `seed ${seed}, step ${outcome.step}: ${outcome.violation.rule}: ${outcome.violation.message}`,
    );
    return 'go on';
  });
  const [worst] = failed;
  if (worst !== undefined) await explain(worst.seed, each, worst.outcome);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const hours = (virtualMs / 3_600_000).toFixed(1);
  console.log(
    `${episodes} episodes of ${each} steps: ${hours} virtual hours in ${seconds} s; slowest calm ${slowestCalmMs / 1000} s; ${failed.length} failed`,
  );
}

/** Says what happened, and how to see it again. */
async function explain(seed: number, steps: number, outcome: Outcome): Promise<void> {
  describe(outcome, lastLines);
  console.log(`\nto see it again:\n  npm run chaos -- --seed ${seed} --seeds 1 --steps ${steps} --verbose`);
  if (!values.shrink) return;
  const crds = await shippedCrds();
  const story = storyOf(seed, steps);
  const shorter = await shrink(
    { ...story, steps: story.steps.slice(0, outcome.step) },
    async (candidate) => (await play(candidate, crds)).violation?.rule === outcome.violation?.rule,
    shrinkBudget,
  );
  const file = join(mkdtempSync(join(tmpdir(), 'chaos-')), `seed-${seed}.json`);
  writeFileSync(file, JSON.stringify(shorter, null, 2));
  console.log(`\nshrunk to ${shorter.steps.length} steps:`);
  for (const step of shorter.steps) console.log(`  ${JSON.stringify(step)}`);
  console.log(`to see that:\n  npm run chaos -- --replay ${file}`);
}

function describe({ violation, step, trace }: Outcome, lines: number): void {
  if (lines > 0) for (const line of trace.slice(-lines)) console.log(line);
  if (violation === undefined) console.log('nothing went wrong');
  else {
    console.log(`\nstep ${step}: ${violation.rule}\n  ${violation.message}`);
    process.exitCode = 1;
  }
}
