import { createHash } from 'node:crypto';
import { Oracle } from './oracle/oracle.js';
import type { Violation } from './oracle/scene.js';
import { isAzureAction, isClusterAction, type Action, type Step } from './story/actions.js';
import { performInAzure } from './story/azure-actions.js';
import { performInCluster } from './story/cluster-actions.js';
import { performFault } from './story/fault-actions.js';
import type { Story } from './story/generate.js';
import { NoTimePasses } from './world/lifeline.js';
import { World } from './world/world.js';

/** What came of an episode. */
export interface Outcome {
  readonly violation: Violation | undefined;
  /** The number of the step at which the violation was found, from 1. */
  readonly step: number;
  /** How long the cluster took to become as it should be, in the slowest calm, in milliseconds. */
  readonly slowestCalmMs: number;
  readonly virtualMs: number;
  /** The last lines of what happened. */
  readonly trace: readonly string[];
  /** Of everything that happened: equal for equal episodes. */
  readonly digest: string;
}

/**
 * Once everything works again and nobody does anything, the cluster is as it should be within this time: a lease that
 * has to run out (15 s), the longest backoff (5 min), the longest quarantine (10 min), the longest grace period (2 min),
 * the reconcile interval (3 min), operations and turns on top.
 */
export const settledWithinMs = 30 * 60_000;
/** A watch that has gone silent shows that after 90 s; then what failed meanwhile is tried again. */
const aftermathMs = 3 * 60_000;
const quietMs = 5 * 60_000;
const lookEveryMs = 5_000;

/** Plays a story to its end, or to the first violation. */
export async function play(
  { config, steps }: Story,
  customResourceDefinitions: readonly object[],
  options: { readonly keep?: number; readonly onLine?: (line: string) => void } = {},
): Promise<Outcome> {
  const trace = new Trace(options.keep ?? 400, options.onLine);
  let oracle: Oracle | undefined;
  const world: World = new World({
    config,
    customResourceDefinitions,
    trace: (line) => trace.add(`${((worldMs?.() ?? 0) / 1000).toFixed(3).padStart(9)} ${line}`),
    observe: (made) => {
      worldMs = () => made.clock.monotonic();
      oracle = new Oracle(made);
      return oracle.observer;
    },
  });
  if (oracle === undefined) throw new Error('the world has no observer');
  const player = new Player(world, oracle);
  const { report } = oracle;
  const onUnhandled = (error: unknown): void => {
    if (!(error instanceof NoTimePasses)) report('no rejection is left unhandled', String(error));
  };
  process.on('unhandledRejection', onUnhandled);
  let step = 0;
  for (const one of steps) {
    step++;
    await player.take(one, step);
    if (oracle.violation !== undefined) break;
  }
  process.off('unhandledRejection', onUnhandled);
  for (const process of world.processes) process.kill();
  return {
    violation: oracle.violation,
    step,
    slowestCalmMs: player.slowestCalmMs,
    virtualMs: world.clock.monotonic(),
    ...trace.end(),
  };
}

let worldMs: (() => number) | undefined;

class Player {
  readonly #world: World;
  readonly #oracle: Oracle;
  slowestCalmMs = 0;

  constructor(world: World, oracle: Oracle) {
    this.#world = world;
    this.#oracle = oracle;
  }

  async take({ action, thenMs }: Step, number: number): Promise<void> {
    this.#world.trace(`${number} ${JSON.stringify(action)}`);
    this.#oracle.beforeStep();
    if (action.do === 'calm') return this.#calm();
    const done = perform(this.#world, action);
    if (!done) this.#world.trace('  (nothing to be done)');
    this.#oracle.afterStep(action);
    await this.#pass(thenMs);
  }

  /** Lets time pass, and looks every now and then. */
  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0 && this.#oracle.violation === undefined; left -= lookEveryMs) {
      await this.#world.clock.advance(Math.min(left, lookEveryMs));
      this.#oracle.look();
    }
    if (ms === 0) await this.#world.clock.advance(0);
  }

  async #calm(): Promise<void> {
    const { clock, processes, armFaults } = this.#world;
    armFaults.clear();
    for (const { wire, life } of processes) {
      wire.faults.clear();
      life.thaw();
    }
    for (const process of processes) process.death = undefined;
    this.#world.startAll();
    this.#oracle.afterStep();
    const began = clock.monotonic();
    await this.#pass(2 * lookEveryMs);
    for (let why = this.#oracle.unsettled(); why !== undefined; why = this.#oracle.unsettled()) {
      if (this.#oracle.violation !== undefined) return;
      if (clock.monotonic() - began > settledWithinMs) {
        this.#oracle.report(
          'everything becomes as it should be',
          `${why}, ${settledWithinMs / 60_000} min after all is calm`,
        );
        return;
      }
      await this.#pass(lookEveryMs);
    }
    this.slowestCalmMs = Math.max(this.slowestCalmMs, clock.monotonic() - began);
    this.#world.trace(`as it should be after ${(clock.monotonic() - began) / 1000} s`);
    await this.#quiet();
  }

  /** Where everything is as it should be, nothing is written any more. */
  async #quiet(): Promise<void> {
    if (this.#oracle.isUneasy()) return;
    await this.#pass(aftermathMs);
    this.#oracle.takeChanges();
    await this.#pass(quietMs);
    const [first, ...more] = this.#oracle.takeChanges();
    if (first !== undefined)
      this.#oracle.report('nothing is written without a cause', `${first} and ${more.length} more`);
  }
}

function perform(world: World, action: Exclude<Action, { do: 'calm' }>): boolean {
  if (isClusterAction(action)) return performInCluster(world, action);
  return isAzureAction(action) ? performInAzure(world, action) : performFault(world, action);
}

/** Keeps the last lines, and a digest of all. */
class Trace {
  readonly #keep: number;
  readonly #onLine: (line: string) => void;
  readonly #hash = createHash('sha256');
  #lines: string[] = [];

  constructor(keep: number, onLine: (line: string) => void = () => undefined) {
    this.#keep = keep;
    this.#onLine = onLine;
  }

  add(line: string): void {
    this.#hash.update(line);
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#keep) this.#lines = this.#lines.slice(-this.#keep);
    this.#onLine(line);
  }

  end(): { trace: string[]; digest: string } {
    return { trace: this.#lines.slice(-this.#keep), digest: this.#hash.digest('hex') };
  }
}
