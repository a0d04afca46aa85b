/**
 * Following what a long-running program of the node prints.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Told by a program that is followed. */
export interface FollowListener {
  readonly onLine: (line: string) => void;
  /** Called once, however it ended: a signal, an exit, or that there is no such program. Not called after `stop`. */
  readonly onEnd: (reason: string) => void;
}

/** Starts a program with arguments (no shell), and tells its lines until it ends or the returned function is called. */
export type FollowCommand = (
  program: string,
  args: readonly string[],
  listener: FollowListener,
) => () => void;

const longestComplaint = 200;

/** {@link FollowCommand} on this machine. */
export const followCommand: FollowCommand = (program, args, { onLine, onEnd }) => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let ended = false;
  let complaint = '';
  const end = (reason: string): void => {
    if (ended) return;
    ended = true;
    onEnd(reason);
  };
  createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', (line) => {
    if (!ended) onLine(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, longestComplaint);
  });
  child.on('error', (error: NodeJS.ErrnoException) =>
    end(error.code === 'ENOENT' ? `${program} is not installed` : error.message),
  );
  child.on('close', (code, signal) => {
    const why = complaint.trim().split('\n')[0] ?? '';
    end(`${program} ended with ${signal ?? code}${why === '' ? '' : `: ${why}`}`);
  });
  return () => {
    ended = true;
    child.kill('SIGKILL');
  };
};
