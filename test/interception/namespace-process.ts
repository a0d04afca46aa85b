/**
 * Programs that run in a network namespace for the time of a test.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that runs. */
export interface NamespaceProcess extends AsyncDisposable {
  /** What it has printed, to either output, line by line. */
  readonly lines: readonly string[];
  /** Resolves with the first line that fits, one printed already included. Rejects where the program ends without. */
  line(pattern: RegExp): Promise<string>;
  /** Resolves when `look` is true, which is asked with each line. Rejects where the program ends before. */
  until(look: () => boolean): Promise<void>;
  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal and waits for the end. @returns its exit code, or the name of the signal that ended it */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** Starts a program in a namespace; disposing it kills it. */
export function startInNamespace(
  namespace: string,
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): NamespaceProcess {
  const child = spawn('ip', ['netns', 'exec', namespace, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const watcher of [...watchers]) watcher();
    });
  }
  const ended = endOf(child);
  void ended.then(() => {
    for (const watcher of [...watchers]) watcher();
  });
  const end = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    child.kill(signal);
    return ended;
  };
  const until = (look: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const watcher = (): void => {
        const found = look();
        if (!found && child.exitCode === null && child.signalCode === null) return;
        watchers.delete(watcher);
        if (found) resolve();
        else reject(new Error(`it ended without ${look.toString()}:\n${lines.join('\n')}`));
      };
      watchers.add(watcher);
      watcher();
    });
  return {
    lines,
    until,
    line: async (pattern) => {
      const find = (): string | undefined => lines.find((line) => pattern.test(line));
      await until(() => find() !== undefined);
      return find() ?? '';
    },
    signal: (signal) => void child.kill(signal),
    end,
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL');
    },
  };
}

/** A script for node in a namespace; `process.argv.slice(1)` are its arguments. */
export function runScript(namespace: string, script: string, ...args: readonly string[]): NamespaceProcess {
  return startInNamespace(namespace, process.execPath, ['-e', script, ...args]);
}

function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? -1)));
}
