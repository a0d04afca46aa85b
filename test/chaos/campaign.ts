import { fork, type ChildProcess } from 'node:child_process';
import type { Outcome } from './episode.js';

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
}

/** What a worker is told. */
export interface Order {
  readonly seed: number;
  readonly steps: number;
}

/**
 * Plays episodes in as many processes, and gives each as it ends. Ends early where `onFinished` says so.
 *
 * @param entry - the program of a worker
 */
export async function playAll(
  { seeds, stepsEach, workers }: Campaign,
  entry: string,
  onFinished: (finished: Finished) => 'go on' | 'stop',
): Promise<void> {
  const waiting = [...seeds];
  let stopped = false;
  const work = async (worker: ChildProcess): Promise<void> => {
    try {
      for (let seed = waiting.shift(); seed !== undefined && !stopped; seed = waiting.shift()) {
        const outcome = await ask(worker, { seed, steps: stepsEach });
        if (!stopped && onFinished({ seed, outcome }) === 'stop') stopped = true;
      }
    } finally {
      worker.disconnect();
    }
  };
  const count = Math.min(workers, seeds.length);
  await Promise.all(Array.from({ length: count }, () => work(fork(entry, ['--worker']))));
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
