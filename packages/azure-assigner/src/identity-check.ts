/**
 * Asking Azure about the identities that AzureIdentities name: whether they are there, and with which client ID, for with
 * another one no pod gets a token. Best effort, and never in the way of an assignment.
 *
 * @module
 */
import { objectKey, sameClientId, type AzureIdentity, type Clock } from '@aad-pod-identity/core';
import { WorkQueue, type Lister, type WorkResult } from '@aad-pod-identity/kubernetes';
import type { IdentityReading } from '@aad-pod-identity/matcher';
import type { IdentityReader } from './identity-reader.js';

/** Options of {@link checkIdentities}. */
export interface IdentityCheckOptions {
  readonly identities: Lister<AzureIdentity>;
  readonly reader: IdentityReader;
  readonly clock: Clock;
  readonly random: () => number;
  /**
   * Told what Azure says about the identity that the AzureIdentity of that key (`namespace/name`) names; undefined:
   * it is gone, or names another one now.
   */
  readonly onReading: (key: string, reading: IdentityReading | undefined) => void;
  /** A line for somebody who looks for the cause of something. */
  readonly onDetail: (message: string) => void;
}

/** A running check. */
export interface IdentityCheck {
  /** Asks again about the AzureIdentity of that key: something has shown that the last answer may be out of date. */
  again(key: string): void;
  stop(): Promise<void>;
}

/** How long Azure's word about an identity counts. */
const freshMs = 3_600_000;
/** How long where an operator has to put something right, and wants to see it taken. */
const troubledMs = 300_000;
const windowMs = 100;

/** Asks about every identity now, and about each again when what it names changes, and from time to time. */
export function checkIdentities(options: IdentityCheckOptions): IdentityCheck {
  const { identities, reader, clock, random, onReading, onDetail } = options;
  const checked = new Map<string, { readonly names: string; readonly until: number }>();

  const work = async (key: string, signal: AbortSignal): Promise<WorkResult> => {
    const identity = identities.get(key);
    const names = identity?.spec.type === 0 ? identity.resource : undefined;
    const last = checked.get(key);
    if (last !== undefined && last.names !== names?.key) {
      checked.delete(key);
      onReading(key, undefined);
    }
    if (identity === undefined || names === undefined) return {};
    const now = clock.monotonic();
    if (last?.names === names.key && now < last.until) return { requeueAfterMs: last.until - now };
    const reading = await reader.read(names, signal);
    if (signal.aborted) return {};
    if (reading.kind === 'unknown') onDetail(`cannot check identity ${key}: ${reading.message}`);
    const requeueAfterMs = isAsWritten(reading, identity) ? freshMs : troubledMs;
    checked.set(key, { names: names.key, until: clock.monotonic() + requeueAfterMs });
    onReading(key, reading);
    return { requeueAfterMs };
  };

  const queue = new WorkQueue({
    clock,
    random,
    work,
    windowMs,
    // Below what Azure lets one principal read in a second.
    concurrency: 2,
    onError: ({ error }) => onDetail(`checking an identity failed: ${String(error)}`),
  });
  for (const identity of identities.list()) queue.add(objectKey(identity));
  const unsubscribe = identities.subscribe(({ key }) => queue.add(key));
  return {
    again(key) {
      checked.delete(key);
      queue.add(key);
    },
    async stop() {
      unsubscribe();
      await queue.abort(new Error('the check has ended'));
    },
  };
}

function isAsWritten(reading: IdentityReading, identity: AzureIdentity): boolean {
  return (
    reading.kind === 'unknown' ||
    (reading.kind === 'found' && sameClientId(reading.clientId, identity.spec.clientID))
  );
}
