/**
 * The addresses of this machine.
 *
 * @module
 */
import { networkInterfaces } from 'node:os';
import type { Clock } from '@aad-pod-identity/core';
import { canonicalAddress } from './address.js';

const rereadMs = 10_000;

/** Tells whether a canonical address is one of this machine's own; interfaces that come and go are noticed within seconds. */
export function nodeAddresses(
  clock: Clock,
  read: typeof networkInterfaces = networkInterfaces,
): (address: string) => boolean {
  let known = new Set<string>();
  let readAt = -Infinity;
  return (address) => {
    if (clock.monotonic() - readAt > rereadMs) {
      readAt = clock.monotonic();
      known = new Set();
      for (const entry of Object.values(read()).flatMap((entries) => entries ?? [])) {
        const canonical = canonicalAddress(entry.address);
        if (canonical !== undefined) known.add(canonical);
      }
    }
    return known.has(address);
  };
}
