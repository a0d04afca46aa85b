/**
 * The other end of `open-pfx.ts`: runs in the thread.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { pfxToPem } from './pfx.js';
import { UpstreamError } from './upstream-error.js';

/** What the thread is given. */
export interface PfxTask {
  readonly kind: 'pfx';
  readonly pfx: Uint8Array;
  readonly password: string;
  readonly name: string;
}

/** What it answers. The problem is one sentence without anything that was read. */
export type PfxAnswer = { readonly pem: string } | { readonly problem: string };

/** Opens the PFX that this thread was started for. */
export function servePfxWorker(): void {
  const { pfx, password, name } = workerData as PfxTask;
  parentPort?.postMessage(open(Buffer.from(pfx), password, name));
}

function open(pfx: Buffer, password: string, name: string): PfxAnswer {
  try {
    return { pem: pfxToPem(pfx, password, name) };
  } catch (error) {
    return {
      problem: error instanceof UpstreamError ? error.message : `The PFX in Secret ${name} cannot be opened.`,
    };
  }
}
