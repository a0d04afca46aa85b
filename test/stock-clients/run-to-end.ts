import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  /** Exit code; `null` where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to run, and for how long at most. */
export interface Command {
  readonly command: readonly string[];
  /** The whole environment; this process's own where absent. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly timeoutMs: number;
}

/** Runs a program to its end; killed, with all that it started, when its time is over. Rejects where it cannot be started. */
export function runToEnd({ command, environment, folder, timeoutMs }: Command): Promise<Ended> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      cwd: folder,
      env: environment ?? process.env,
    });
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    };
    process.on('exit', kill);
    const timer = setTimeout(kill, timeoutMs);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
    }
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      process.off('exit', kill);
      resolve({ code, ...output });
    });
  });
}
