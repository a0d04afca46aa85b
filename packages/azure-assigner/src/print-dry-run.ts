import { within, type Clock } from '@aad-pod-identity/core';
import type { AssignmentIndex, MatchPolicy } from '@aad-pod-identity/matcher';
import type { AzureLink } from './azure-link.js';
import type { ClusterWatch } from './cluster-watch.js';
import type { DryRunFinding } from './dry-run-report.js';
import { formatDryRun } from './dry-run-text.js';
import { dryRun } from './dry-run.js';
import type { MicOptions } from './mic-options.js';
import { version } from './version.js';

/** What a dry run is made from. */
export interface DryRunParts {
  readonly options: Pick<MicOptions, 'output'>;
  readonly index: AssignmentIndex;
  readonly policy: MatchPolicy;
  readonly azure: AzureLink;
  readonly watch: ClusterWatch;
  /** Objects of the cluster that could not be decoded. */
  readonly unreadable: readonly DryRunFinding[];
  readonly clock: Clock;
  readonly print: (text: string) => void;
}

/** How long it waits for the lists, in milliseconds. */
const patienceMs = 60_000;

/**
 * Waits for the complete lists, plans once, and prints the plan.
 *
 * @returns the exit code: 0 where the plan is complete, else 1
 * @throws Error of one line where the lists do not come
 */
export async function printDryRun(parts: DryRunParts, signal: AbortSignal): Promise<number> {
  const { options, index, policy, azure, watch, unreadable, clock, print } = parts;
  if (!(await within(clock, patienceMs, watch.synced, signal))) {
    throw new Error(`dry run: the API server gave no complete list of ${watch.notSynced().join(', ')}`);
  }
  const { compute, reader } = azure;
  const report = await dryRun({
    micVersion: version,
    index,
    policy,
    watched: watch,
    unreadable,
    compute,
    reader,
    clock,
    signal,
  });
  print(options.output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : formatDryRun(report));
  return report.complete ? 0 : 1;
}
