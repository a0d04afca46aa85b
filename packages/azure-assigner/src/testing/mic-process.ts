import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import type { SimulatedMic } from './simulated-mic.js';

const program = fileURLToPath(new URL('../bin/mic.ts', import.meta.url));
const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** The program `mic` as a process of its own, against a simulator. */
export class MicProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #said = '';

  /** @param flags - added to those of `world` */
  constructor(world: SimulatedMic, ...flags: string[]) {
    const argv = [
      '--import',
      'tsx',
      '--conditions=@aad-pod-identity/source',
      program,
      ...world.argv(...flags),
    ];
    this.#child = spawn(process.execPath, argv, {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: world.folder, ...world.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#ended = new Promise((resolve) => this.#child.on('exit', (code) => resolve(code)));
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
    await vi.waitFor(() => expect(look(), this.#said).toEqual(wanted), { timeout: 30_000, interval: 10 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL');
  }
}
