/**
 * Connections to IMDS that are older than the redirection (`--enable-conntrack-deletion`).
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { RunCommand } from './command.js';
import { familyOf } from './nat-rules.js';

/** Options of {@link OldConnections}. */
export interface OldConnectionsOptions {
  readonly clock: Clock;
  readonly run: RunCommand;
  readonly metadataIp: string;
  readonly metadataPort: number;
  /** A line for an operator. */
  readonly onTrouble: (message: string) => void;
}

/** The kernel takes a connection up again where IMDS, not the pod, sends the next packet: so it is done once more. */
const againMs = 2_000;

/**
 * Makes the kernel forget tracked connections that IMDS itself answers, whosever they are. The next packet of such a
 * connection is taken for the first of a new one: from a pod it is redirected, to a listener that knows of no such
 * connection and resets it; from the node itself the connection goes on. One that is redirected already is answered by
 * another address and stays: without its entry, answers of NMI would no longer find back to the pod.
 */
export class OldConnections {
  readonly #options: OldConnectionsOptions;
  #cancel: () => void = () => undefined;

  constructor(options: OldConnectionsOptions) {
    this.#options = options;
  }

  /** Drops them now, and once more a little later. Never rejects. */
  async drop(): Promise<void> {
    this.#cancel();
    this.#cancel = this.#options.clock.after(againMs, () => void this.#forget());
    await this.#forget();
  }

  /** Does nothing more. */
  stop(): void {
    this.#cancel();
  }

  async #forget(): Promise<void> {
    const { metadataIp, metadataPort, onTrouble } = this.#options;
    const port = String(metadataPort);
    // A connection that was not tracked from its beginning may be tracked as one that IMDS began.
    const trouble =
      (await this.#delete('--orig-dst', metadataIp, '--orig-port-dst', port, '--reply-src', metadataIp)) ??
      (await this.#delete('--orig-src', metadataIp, '--orig-port-src', port));
    if (trouble !== undefined) onTrouble(`--enable-conntrack-deletion: ${trouble}`);
  }

  async #delete(...which: readonly string[]): Promise<string | undefined> {
    const family = familyOf(this.#options.metadataIp);
    try {
      const result = await this.#options.run('conntrack', ['-D', '-f', family, '-p', 'tcp', ...which]);
      if (result.kind === 'missing')
        return 'conntrack is not installed (the image of NMI, or the package conntrack, brings it)';
      // It exits with 1 where there are none.
      return result.code > 1
        ? `conntrack exited with ${result.code}: ${result.stderr.trim().slice(0, 200)}`
        : undefined;
    } catch (error) {
      return `conntrack cannot be run: ${String(error)}`;
    }
  }
}
