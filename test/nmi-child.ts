/**
 * The built NMI as a process of its own, whose log and memory are watched.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, createReadStream, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { images } from '../scripts/images/contents.js';

/** A running NMI. */
export interface NmiChild extends AsyncDisposable {
  readonly port: number;
  /** Log lines that tell of a fault of NMI, that are no JSON, or that hold something secret. */
  readonly suspicious: readonly string[];
  /** How many lines were about a request, and how many warned. */
  readonly counts: { requests: number; warnings: number };
  /** Its exit code or signal, where it has ended. */
  readonly ended: () => number | NodeJS.Signals | undefined;
  /** Resident memory, in MiB. */
  readonly memory: () => number;
  /** Resolves when it has answered a probe. */
  readonly probed: () => Promise<void>;
  /** A metric without labels. */
  readonly metric: (name: string) => Promise<number>;
  /** Stops it as kubelet does. @returns its exit code */
  readonly stop: () => Promise<number | NodeJS.Signals>;
}

/** What {@link startNmi} needs. */
export interface NmiChildOptions {
  /** The built program. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Ports of requests, probes and metrics. */
  readonly ports: readonly [number, number, number];
  /** Whether a log line holds something that may not be in one. */
  readonly isSecret: (line: string) => boolean;
  /** Where its log goes, to be looked at when it has ended: who reads a flood of lines has no time for anything else. */
  readonly logFile?: string;
}

const startMs = 30_000;

/** Starts it; resolves when it is ready. */
export async function startNmi(options: NmiChildOptions): Promise<NmiChild> {
  const [port, probes, metrics] = options.ports;
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
  const child = spawn(
    process.execPath,
    [
      ...[
        options.program,
        `--nmi-port=${port}`,
        `--http-probe-port=${probes}`,
        `--prometheus-port=${metrics}`,
      ],
      ...options.args,
    ],
    {
      stdio: ['ignore', log ?? 'pipe', log ?? 'pipe'],
      env: { ...process.env, ...images.nmi.environment, ...options.environment },
    },
  );
  if (log !== undefined) closeSync(log);
  const suspicious: string[] = [];
  const counts = { requests: 0, warnings: 0 };
  const judge = (line: string): void => {
    const level = levelOf(line);
    if (level === undefined || level === 'error' || options.isSecret(line)) suspicious.push(line);
    else if (level === 'warn') counts.warnings++;
    if (line.includes('"correlationId"')) counts.requests++;
  };
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) createInterface({ input: stream }).on('line', judge);
  const end = endOf(child).then(async (code) => {
    if (options.logFile === undefined) return code;
    for await (const line of createInterface({ input: createReadStream(options.logFile) })) judge(line);
    return code;
  });
  const running: NmiChild = {
    ...{ port, suspicious, counts },
    ended: () => child.exitCode ?? child.signalCode ?? undefined,
    memory: () =>
      Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1_024,
    probed: async () => void (await (await fetch(`http://127.0.0.1:${probes}/healthz`)).text()),
    metric: async (name) => {
      const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
    },
    stop: () => {
      child.kill('SIGTERM');
      return end;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await end;
    },
  };
  for (const deadline = performance.now() + startMs; ; await sleep(50)) {
    const ready = await fetch(`http://127.0.0.1:${probes}/readyz`).catch(() => undefined);
    if (ready?.status === 200) return running;
    if (running.ended() !== undefined || performance.now() > deadline) {
      await running[Symbol.asyncDispose]();
      throw new Error(`nmi did not become ready: ${suspicious.join('\n')}`);
    }
  }
}

function levelOf(line: string): string | undefined {
  try {
    const { level } = JSON.parse(line) as { level?: unknown };
    return typeof level === 'string' ? level : undefined;
  } catch {
    return undefined;
  }
}

function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? -1)));
}
