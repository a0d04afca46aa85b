/**
 * A program that runs in a container.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../eventually.js';
import type { Mount } from './image.js';
import { pathInRoot } from './path-in-root.js';
import type { Rights } from './rights.js';

const startContainer = join(import.meta.dirname, 'start-container');

/** What is run, and in what. */
export interface ContainerCommand {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly root: string;
  readonly mounts: readonly Mount[];
  readonly rights: Rights;
  /** The network namespace. */
  readonly namespace: string;
  /** A folder of this container's own. */
  readonly folder: string;
  /** What the program prints goes there, after what stands there. */
  readonly logFile: string;
}

/** How a program ended: its exit code, 128 and the signal's number where one ended it. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | undefined;
}

/** The program. */
export interface ContainerProcess {
  /** Its number on this machine. */
  readonly pid: number;
  readonly ended: Promise<ContainerEnd>;
  /** Sends a signal to the program itself. */
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

/** Starts it. What it has started goes with it, as in a real container. */
export async function startContainerProcess(what: ContainerCommand): Promise<ContainerProcess> {
  const { folder, root, rights, namespace, command, environment } = what;
  await mkdir(folder, { recursive: true });
  const lines: string[] = [];
  for (const { source, target, readOnly } of what.mounts)
    lines.push(`${source}\t${await pathInRoot(root, target)}\t${readOnly ? 'ro' : 'rw'}\n`);
  await writeFile(join(folder, 'mounts'), lines.join(''));
  const log = await open(what.logFile, 'a');
  const isolated = [
    'unshare',
    '--mount',
    '--uts',
    '--pid',
    '--fork',
    '--kill-child',
    '--propagation',
    'private',
  ];
  const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');
  const child = spawn(
    '/usr/bin/env',
    [
      'ip',
      'netns',
      'exec',
      namespace,
      ...isolated,
      startContainer,
      folder,
      root,
      yesOrNo(rights.readOnlyRoot),
      rights.user,
      rights.capabilities,
      yesOrNo(rights.noNewPrivileges),
      ...command,
    ],
    {
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...environment },
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  const ended = once(child, 'close').then(([code, signal]): ContainerEnd => {
    if (signal !== null)
      return { exitCode: signal === 'SIGKILL' ? 137 : 143, signal: signal as NodeJS.Signals };
    return { exitCode: code as number, signal: undefined };
  });
  void ended.then(() => log.close());
  await once(child, 'spawn');
  const pid = await programOf(child.pid ?? 0, ended);
  return {
    pid,
    ended,
    kill: (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      try {
        process.kill(pid, signal);
      } catch {
        // It has just ended.
      }
    },
  };
}

/** The one child of `unshare`: the first process of the container. */
async function programOf(unshare: number, ended: Promise<ContainerEnd>): Promise<number> {
  let over = false;
  void ended.then(() => (over = true));
  return eventually(
    'the first process of a container',
    async () => {
      if (over) return -1;
      const children = await readFile(`/proc/${unshare}/task/${unshare}/children`, 'utf8');
      const [first] = children.trim().split(' ');
      return first === '' || first === undefined ? undefined : Number(first);
    },
    { withinMs: 20_000, everyMs: 5 },
  );
}
