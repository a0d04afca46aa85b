/**
 * Checking AzureIdentities: whether they can be used at all, and whether their client ID is that of the Azure identity
 * that their resource ID names, for else a pod that asks by client ID gets no token. Best effort, and never in the way
 * of an assignment.
 *
 * @module
 */
import {
  formatProblem,
  invalidIdentityProblem,
  objectKey,
  redactClientId,
  sameClientId,
  type AzureIdentity,
  type Clock,
} from '@aad-pod-identity/core';
import { WorkQueue, type Lister, type WorkResult } from '@aad-pod-identity/kubernetes';
import { match } from 'ts-pattern';
import type { Cluster } from './cluster.js';
import type { IdentityReader } from './identity-reader.js';

/** Options of {@link checkIdentities}. */
export interface IdentityCheckOptions {
  readonly identities: Lister<AzureIdentity>;
  readonly reader: IdentityReader;
  readonly cluster: Pick<Cluster, 'event'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** A line for somebody who looks for the cause of something. */
  readonly onDetail: (message: string) => void;
}

/** How long Azure's word about an identity counts. */
const freshMs = 3_600_000;

/** Checks every identity now, and each again when its spec changes, until `signal` aborts. */
export function checkIdentities(options: IdentityCheckOptions, signal: AbortSignal): void {
  const { identities, clock, random, onDetail } = options;
  const checked = new Map<string, { readonly spec: string; readonly at: number }>();

  const work = async (key: string, ending: AbortSignal): Promise<WorkResult> => {
    const identity = identities.get(key);
    if (identity === undefined) {
      checked.delete(key);
      return {};
    }
    const spec = `${identity.spec.type} ${identity.spec.resourceID} ${identity.spec.clientID}`;
    const last = checked.get(key);
    if (last?.spec === spec && clock.monotonic() - last.at < freshMs) return {};
    checked.set(key, { spec, at: clock.monotonic() });
    await checkOne(identity, options, ending);
    return { requeueAfterMs: freshMs };
  };

  const queue = new WorkQueue({
    clock,
    random,
    work,
    windowMs: 1000,
    onError: ({ error }) => onDetail(`checking an identity failed: ${String(error)}`),
  });
  for (const identity of identities.list()) queue.add(objectKey(identity));
  const unsubscribe = identities.subscribe(({ key }) => queue.add(key));
  signal.addEventListener(
    'abort',
    () => {
      unsubscribe();
      void queue.abort(new Error('no longer leading'));
    },
    { once: true },
  );
}

async function checkOne(
  identity: AzureIdentity,
  options: IdentityCheckOptions,
  signal: AbortSignal,
): Promise<void> {
  const { reader, cluster, onDetail } = options;
  const { resource, spec, namespace, name, uid } = identity;
  const subject = { kind: 'AzureIdentity', namespace, name, uid } as const;
  const invalid = invalidIdentityProblem(identity);
  if (invalid !== undefined) {
    cluster.event(subject, 'Warning', 'identity invalid', `it grants nothing: ${formatProblem(invalid)}`);
    return;
  }
  if (spec.type !== 0 || resource === undefined) return;
  const reading = await reader.read(resource, signal);
  if (signal.aborted) return;
  const warn = (message: string): void => cluster.event(subject, 'Warning', 'client id mismatch', message);
  match(reading)
    .with({ kind: 'found' }, ({ clientId }) => {
      if (sameClientId(clientId, spec.clientID)) return;
      warn(
        `spec.clientID is ${redactClientId(spec.clientID)}, but the identity that spec.resourceID names has ${redactClientId(clientId)}`,
      );
    })
    .with({ kind: 'not-found' }, () => warn('Azure has no identity of the name in spec.resourceID'))
    .with({ kind: 'unknown' }, ({ message }) =>
      onDetail(`cannot check identity ${namespace}/${name}: ${message}`),
    )
    .exhaustive();
}
