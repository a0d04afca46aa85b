import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Patience } from './condition.js';

/** What to run. `prefix` stands before the program: how it gets into a network namespace. */
export interface Command {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly prefix?: readonly string[];
}

/** How a program ended that was run to its end. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const stopWithinMs = 5_000;

/**
 * The programs of the demo. All of them end with it. One that should run on but ends makes {@link ChildProcesses.failed}
 * abort.
 */
export class ChildProcesses implements AsyncDisposable {
  readonly #logFolder: string;
  readonly #children = new Map<string, ChildProcess>();
  readonly #failure = new AbortController();
  readonly #killAll = (): void => {
    for (const child of this.#children.values()) child.kill('SIGKILL');
  };
  #stopping = false;

  constructor(logFolder: string) {
    this.#logFolder = logFolder;
    process.on('exit', this.#killAll);
  }

  /** Aborts, with an error that says which, when a program ends that should run on. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** Where a program's log is. */
  logFile(name: string): string {
    return join(this.#logFolder, `${name}.log`);
  }

  /** Starts a program that runs on, and calls `onLine` with each line of its standard output and error. */
  start(command: Command, onLine: (line: string) => void = () => undefined): void {
    const child = this.#spawn(command);
    const log = createWriteStream(this.logFile(command.name));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        onLine(line);
      });
    }
    child.on('close', (code, signal) => {
      log.end();
      if (!this.#stopping) {
        this.#failure.abort(new Error(`${command.name} ended with ${String(code ?? signal)}`));
      }
    });
  }

  /** Runs a program to its end, which is forced when patience ends. */
  async run(command: Command, { signal, milliseconds }: Patience): Promise<Ended> {
    signal.throwIfAborted();
    const child = this.#spawn(command);
    const kill = (): void => void child.kill('SIGKILL');
    const timeout = AbortSignal.timeout(milliseconds);
    for (const end of [signal, timeout]) end.addEventListener('abort', kill);
    try {
      const ended = new Promise<number | null>((resolve, reject) => {
        child.on('close', resolve);
        child.on('error', reject);
      });
      const [code, stdout, stderr] = await Promise.all([ended, textOf(child.stdout), textOf(child.stderr)]);
      signal.throwIfAborted();
      if (timeout.aborted) throw new Error(`${command.name} did not end within ${milliseconds / 1000} s`);
      return { code, stdout, stderr };
    } finally {
      for (const end of [signal, timeout]) end.removeEventListener('abort', kill);
    }
  }

  /** The last lines of every log, for when something went wrong. */
  async lastLines(count: number): Promise<string[]> {
    const logs = [...this.#children.keys()].map(async (name) => {
      const log = await readFile(this.logFile(name), 'utf8').catch(() => '');
      const lines = log.split('\n').filter((line) => line !== '');
      return lines.slice(-count).map((line) => `${name}: ${line}`);
    });
    return (await Promise.all(logs)).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#children.values()].map(stop));
    process.off('exit', this.#killAll);
  }

  #spawn({ name, file, args, environment, prefix = [] }: Command): ChildProcess {
    const [program = process.execPath, ...rest] = [...prefix, process.execPath, file, ...args];
    const child = spawn(program, rest, {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a process group of its own, Ctrl-C reaches the demo alone, which then stops them in good order.
      detached: true,
    });
    child.on('error', (error) => {
      this.#failure.abort(new Error(`${name} could not be started: ${error.message}`));
    });
    this.#children.set(name, child);
    return child;
  }
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? '' : text(stream);
}

/** Asks the program to stop, and no longer asks after five seconds. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const kill = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(kill);
}
