import { spawn, type ChildProcess } from 'node:child_process';
import { expect, vi } from 'vitest';
import { buildPrograms } from '../../../../scripts/program-bundles.js';
import type { SimulatedMic } from './simulated-mic.js';

let built: Promise<string> | undefined;

/** The program as it is shipped: one file starts much faster than its sources. Built where they are newer. */
async function micProgram(): Promise<string> {
  built ??= buildPrograms(() => undefined, ['mic']).then(({ mic }) => mic);
  return built;
}

/** The program `mic` as a process of its own, against a simulator. */
export class MicProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #said = '';

  private constructor(
    program: string,
    world: SimulatedMic,
    environment: Readonly<Record<string, string>>,
    flags: readonly string[],
  ) {
    this.#child = spawn(process.execPath, [program, ...world.argv(...flags)], {
      cwd: world.folder,
      env: { PATH: process.env['PATH'], HOME: world.folder, ...world.environment, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#ended = new Promise((resolve) => this.#child.on('close', (code) => resolve(code)));
  }

  /** @param flags - added to those of `world` */
  static async start(world: SimulatedMic, ...flags: string[]): Promise<MicProcess> {
    return MicProcess.startWith({}, world, ...flags);
  }

  /** @param environment - variables beside those of `world` */
  static async startWith(
    environment: Readonly<Record<string, string>>,
    world: SimulatedMic,
    ...flags: string[]
  ): Promise<MicProcess> {
    return new MicProcess(await micProgram(), world, environment, flags);
  }

  /** Everything that it has logged. */
  get said(): string {
    return this.#said;
  }

  /** Resolves with its exit code; `null` where a signal ended it. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Sends a signal; resolves as {@link ended}. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<number | null> {
    this.#child.kill(signal);
    return signal === 'SIGKILL' || signal === 'SIGTERM' ? this.#ended : null;
  }

  /** Waits until `look` gives `wanted`; what the process said stands in the failure. */
  async sees<T>(look: () => T, wanted: T): Promise<void> {
    await vi.waitFor(() => expect(look(), this.#said).toEqual(wanted), { timeout: 60_000, interval: 10 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL');
  }
}
