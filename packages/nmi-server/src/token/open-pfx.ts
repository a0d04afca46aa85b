/**
 * Opening a PFX of somebody in a thread of its own: how long that takes is decided by the file (it says how often its
 * password is hashed), and nobody else must wait for it.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { PfxAnswer, PfxTask } from './pfx-worker.js';
import { UpstreamError } from './upstream-error.js';

/**
 * Converts a PFX to PEM as `pfxToPem` does.
 *
 * @param name - of the Secret, for messages
 * @throws UpstreamError `credential`
 */
export type OpenPfx = (pfx: Uint8Array, password: string, name: string) => Promise<string>;

/** Options of {@link pfxOpener}. */
export interface PfxOpenerOptions {
  /** The program of the thread: it must call `servePfxWorker`. */
  readonly program: URL;
  /** @default those of this process */
  readonly execArgv?: readonly string[];
  /** Milliseconds for one file, the start of the thread included. @default 5000 */
  readonly timeoutMs?: number;
}

/** A chain of certificates with their key has a few thousand bytes. */
const maxBytes = 128 * 1_024;
const rememberMs = 30_000;

/** Opens each file in a thread that ends with it, and at the latest after `timeoutMs`. */
export function pfxOpener(options: PfxOpenerOptions): OpenPfx {
  const { program, execArgv, timeoutMs = 5_000 } = options;
  return async (pfx, password, name) => {
    if (pfx.byteLength > maxBytes || password.length > maxBytes) {
      throw new UpstreamError('credential', `The PFX in Secret ${name} is larger than ${maxBytes} bytes.`);
    }
    const task: PfxTask = { kind: 'pfx', pfx, password, name };
    const worker = new Worker(program, {
      workerData: task,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    });
    try {
      const answer = await answerOf(worker, timeoutMs, name);
      if ('pem' in answer) return answer.pem;
      throw new UpstreamError('credential', answer.problem);
    } finally {
      await worker.terminate();
    }
  };
}

function answerOf(worker: Worker, timeoutMs: number, name: string): Promise<PfxAnswer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new UpstreamError(
            'credential',
            `The PFX in Secret ${name} takes longer than ${timeoutMs} ms to open: make one that hashes its password less often.`,
            { retryAfterMs: rememberMs },
          ),
        ),
      timeoutMs,
    );
    const fail = (code: string): void => {
      clearTimeout(timer);
      // The error's own words may quote what was read: they are not passed on.
      const problem = `The PFX in Secret ${name} cannot be opened: the thread for it failed (${code}).`;
      reject(new UpstreamError('credential', problem, { retryAfterMs: rememberMs }));
    };
    worker.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.name));
    worker.once('exit', (code) => fail(`exit ${code}`));
    worker.once('message', (answer: PfxAnswer) => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}
