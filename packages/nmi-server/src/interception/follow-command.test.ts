import { describe, expect, it } from 'vitest';
import { followCommand } from './follow-command.js';

/** Follows a shell to its end. */
const follow = (program: string, ...args: readonly string[]): Promise<{ lines: string[]; reason: string }> =>
  new Promise((resolve) => {
    const lines: string[] = [];
    followCommand(program, args, {
      onLine: (line) => lines.push(line),
      onEnd: (reason) => resolve({ lines, reason }),
    });
  });

describe('followCommand', () => {
  it('tells the lines of a program, and how it ended', async () => {
    expect(await follow('sh', '-c', 'echo a; echo b; echo no room >&2; exit 3')).toEqual({
      lines: ['a', 'b'],
      reason: 'sh ended with 3: no room',
    });
    expect((await follow('sh', '-c', 'kill -KILL $$')).reason).toBe('sh ended with SIGKILL');
  });

  it('tells that there is no such program', async () => {
    expect(await follow('no-such-program')).toEqual({
      lines: [],
      reason: 'no-such-program is not installed',
    });
  });

  it('ends the program when it is stopped, and tells nothing more', async () => {
    let ended = false;
    let pid = 0;
    await new Promise<void>((resolve) => {
      const stop = followCommand('sh', ['-c', 'echo $$; exec sleep 60'], {
        onLine: (line) => {
          pid = Number(line);
          stop();
          resolve();
        },
        onEnd: () => (ended = true),
      });
    });
    const runs = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    for (const deadline = Date.now() + 10_000; runs();) {
      if (Date.now() > deadline) throw new Error('it still runs');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(ended).toBe(false);
  });
});
