/**
 * The built program `nmi`, as a process of its own.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { images } from '../../scripts/images/contents.js';
import { sharedClock } from './shared-clock.js';

/** What it is started with. */
export interface NmiStart {
  /** The built file. */
  readonly file: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where its log goes. */
  readonly log: string;
}

/** A running NMI. */
export class NmiProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly port: number;
  readonly metricsPort: number;
  /** When it was started, by the {@link sharedClock}. */
  readonly startedAt: number;

  private constructor(child: ChildProcess, ports: readonly [number, number], startedAt: number) {
    this.#child = child;
    [this.port, this.metricsPort] = ports;
    this.startedAt = startedAt;
  }

  /** Starts it; does not wait for anything. */
  static async start({ file, flags, environment, log }: NmiStart): Promise<NmiProcess> {
    const ports = [await freePort(), await freePort()] as const;
    const descriptor = openSync(log, 'a');
    const startedAt = sharedClock();
    const child = spawn(
      process.execPath,
      [file, ...flags, `--nmi-port=${ports[0]}`, `--prometheus-port=${ports[1]}`, '--http-probe-port=0'],
      {
        env: { PATH: process.env['PATH'] ?? '', ...images.nmi.environment, ...environment },
        stdio: ['ignore', 'ignore', descriptor],
      },
    );
    closeSync(descriptor);
    return new NmiProcess(child, ports, startedAt);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The value of a metric without labels; `undefined` where it is not served yet. */
  async metric(name: string): Promise<number | undefined> {
    try {
      const text = await (await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`)).text();
      const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
      return value === undefined ? undefined : Number(value);
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
