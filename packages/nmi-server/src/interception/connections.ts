/**
 * Connections to IMDS that are older than the redirection (`--enable-conntrack-deletion`).
 *
 * @module
 */
import type { RunCommand } from './command.js';
import { familyOf } from './nat-rules.js';

/**
 * Makes the kernel forget tracked connections to an address and port, whoever's they are. The next packet of such a
 * connection is taken for the first of a new one: from a pod it is redirected, to a listener that knows of no such
 * connection and resets it; from the node itself the connection goes on.
 *
 * @returns what went wrong, as a line for an operator
 */
export async function dropConnections(
  run: RunCommand,
  ip: string,
  port: number,
): Promise<string | undefined> {
  try {
    const result = await run('conntrack', [
      '-D',
      '-f',
      familyOf(ip),
      '-p',
      'tcp',
      '--orig-dst',
      ip,
      '--orig-port-dst',
      String(port),
    ]);
    if (result.kind === 'missing')
      return '--enable-conntrack-deletion: conntrack is not installed (its image, or the package conntrack, brings it)';
    // It exits with 1 where there are none.
    return result.code > 1
      ? `conntrack exited with ${result.code}: ${result.stderr.trim().slice(0, 200)}`
      : undefined;
  } catch (error) {
    return `conntrack cannot be run: ${String(error)}`;
  }
}
