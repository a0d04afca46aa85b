import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What a process has cost so far. */
export interface ProcessCost {
  /** Memory that it has now, in bytes. */
  readonly rss: number;
  /** The most that it ever had, in bytes. */
  readonly peakRss: number;
  /** Seconds of processor time, in user space and in the kernel. */
  readonly cpuSeconds: number;
}

/** One of the project's programs, in a process of its own. */
export class ProgramProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #kill = (): void => void this.#child.kill('SIGKILL');

  constructor(file: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [file, ...args], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    process.on('exit', this.#kill);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#lines.push(line));
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything that it printed so far. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** What it has cost so far, as Linux counts. */
  cost(): ProcessCost {
    const at = `/proc/${String(this.#child.pid)}`;
    const status = readFileSync(`${at}/status`, 'utf8');
    const kilobytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
    // The name in brackets may hold blanks; user and system time are the 12th and 13th field after it, in hundredths.
    const fields = readFileSync(`${at}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return {
      rss: kilobytes('VmRSS') * 1024,
      peakRss: kilobytes('VmHWM') * 1024,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    };
  }

  /** Ends it with that signal; resolves when it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    process.off('exit', this.#kill);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}
