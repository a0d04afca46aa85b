/**
 * Running the node's own network tools.
 *
 * @module
 */
import { spawn } from 'node:child_process';

/** How a command ended. */
export type CommandResult =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** There is no such program. */
  | { readonly kind: 'missing' };

/** Runs a program with arguments (no shell), and `input` on its standard input. Rejects where it cannot be run or takes too long. */
export type RunCommand = (program: string, args: readonly string[], input?: string) => Promise<CommandResult>;

const timeoutMs = 30_000;
const maxOutput = 8 * 1_048_576;

/** {@link RunCommand} on this machine. */
export const runCommand: RunCommand = (program, args, input = '') =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        if (output[stream].length < maxOutput) output[stream] += text;
      });
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ kind: 'missing' });
      else reject(error);
    });
    child.on('close', (code, signal) => {
      if (code === null)
        reject(
          new Error(`${program} was ended by ${signal ?? 'a signal'} after at most ${timeoutMs / 1_000} s`),
        );
      else resolve({ kind: 'exited', code, ...output });
    });
    // A program that does not read its input closes the pipe: its exit code says what happened.
    child.stdin.on('error', () => undefined).end(input);
  });
