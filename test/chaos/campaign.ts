import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Outcome } from './episode.js';

const workerFile = join(import.meta.dirname, 'worker.ts');
const replacer = join(import.meta.dirname, '..', 'replace-source.mjs');
/** After so many episodes a worker is replaced: what a killed process was waiting for is never freed. */
const episodesEach = 200;

/** One episode that is over. */
export interface Finished {
  readonly seed: number;
  readonly outcome: Outcome;
}

/** What is to be played: episodes of as many steps each, one for each seed. */
export interface Campaign {
  readonly seeds: readonly number[];
  readonly stepsEach: number;
  readonly workers: number;
  /** A replacement in the source, see `test/replace-source.mjs`. */
  readonly replace?: object;
}

/** What a worker is told. */
export interface Order {
  readonly seed: number;
  readonly steps: number;
}

/** Plays episodes in as many processes, and gives each as it ends. Ends early where `onFinished` says so. */
export async function playAll(
  { seeds, stepsEach, workers, replace }: Campaign,
  onFinished: (finished: Finished) => 'go on' | 'stop',
): Promise<void> {
  const waiting = [...seeds];
  let stopped = false;
  const work = async (): Promise<void> => {
    while (waiting.length > 0 && !stopped) {
      const worker = fork(workerFile, [], options);
      try {
        await ready(worker);
        for (let left = episodesEach; left > 0 && !stopped; left--) {
          const seed = waiting.shift();
          if (seed === undefined) break;
          const outcome = await ask(worker, { seed, steps: stepsEach });
          if (!stopped && onFinished({ seed, outcome }) === 'stop') stopped = true;
        }
      } finally {
        if (worker.connected) worker.disconnect();
      }
    }
  };
  const options = {
    execArgv: [
      '--conditions=@aad-pod-identity/source',
      // Thousands of answers are errors; nobody reads where those were made.
      '--stack-trace-limit=0',
      '--max-semi-space-size=64',
      '--import',
      replacer,
      '--import',
      'tsx',
    ],
    env: { ...process.env, ...(replace !== undefined && { REPLACE_SOURCE: JSON.stringify(replace) }) },
  };
  const count = Math.min(workers, seeds.length);
  await Promise.all(Array.from({ length: count }, () => work()));
}

/** A worker says once that it listens. */
function ready(worker: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('exit', (code) => reject(new Error(`a worker did not start (${code})`)));
    worker.once('message', () => {
      worker.removeAllListeners('exit');
      resolve();
    });
  });
}

function ask(worker: ChildProcess, order: Order): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void =>
      reject(new Error(`the worker of seed ${order.seed} died (${code})`));
    worker.once('exit', died);
    worker.once('message', (outcome) => {
      worker.off('exit', died);
      resolve(outcome as Outcome);
    });
    worker.send(order);
  });
}
