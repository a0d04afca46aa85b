import { eventually } from '../../test/eventually.js';
import type { ProcessCost, ProgramProcess } from './program-process.js';

/** A running MIC. */
export class Mic implements AsyncDisposable {
  readonly #process: ProgramProcess;
  readonly #metricsPort: number;

  constructor(process: ProgramProcess, metricsPort: number) {
    this.#process = process;
    this.#metricsPort = metricsPort;
  }

  /** Resolves when the lists are in and the lease is taken. @returns `performance.now()` of that */
  async working(): Promise<number> {
    const said = (): boolean => this.#process.lines.some((line) => line.includes('the lists are in'));
    await eventually('MIC to work', said, { everyMs: 2, withinMs: 300_000 });
    return performance.now();
  }

  /** What it has cost so far. */
  cost(): ProcessCost {
    return this.#process.cost();
  }

  /** How many AzureAssignedIdentities it has written: created, changed, deleted. */
  async writes(): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`)).text();
    const line = /^aadpodidentity_assigned_identity_(?:addition|update|deletion)_count ([0-9.e+-]+)$/gm;
    return [...text.matchAll(line)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** Ends it in good order, as `kubectl delete` does. */
  async stop(): Promise<void> {
    await this.#process.end('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.end('SIGKILL');
  }
}
