/**
 * What MIC is told by its flags.
 *
 * @module
 */
import type { FlagValues } from '@aad-pod-identity/program';
import type { MicFlags } from './mic-flags.js';

/** The settings of one MIC. Times are in milliseconds. */
export interface MicOptions {
  readonly kubeconfig: string;
  readonly cloudConfig: string;
  readonly forceNamespaced: boolean;
  readonly syncMs: number;
  readonly reconcileMs: number;
  readonly unassignGraceMs: number;
  readonly retryMs: number;
  readonly createDeleteBatch: number;
  readonly immutableIdentities: readonly string[];
  readonly leaseNamespace: string;
  readonly leaseName: string;
  readonly leaseDurationMs: number;
  /** Who this is in the lease and in events. */
  readonly instance: string;
  readonly probePort: number;
  readonly metricsPort: number;
  readonly userAgent: string;
  readonly dryRun: boolean;
  /** The form of what a dry run prints. */
  readonly output: 'text' | 'json';
}

/** @param hostName - names this instance where no flag does */
export function micOptions(flags: FlagValues<MicFlags>, hostName: string, version: string): MicOptions {
  return {
    kubeconfig: flags.kubeconfig,
    cloudConfig: flags.cloudconfig,
    forceNamespaced: flags.forceNamespaced,
    syncMs: flags.syncRetryDuration,
    reconcileMs: flags['identity-assignment-reconcile-interval'],
    unassignGraceMs: flags['unassign-grace-period'],
    retryMs: flags['update-user-msi-retry-interval'],
    createDeleteBatch: flags.createDeleteBatch,
    immutableIdentities: flags['immutable-user-msis'].split(',').filter((identity) => identity.trim() !== ''),
    leaseNamespace: flags['leader-election-namespace'],
    leaseName: flags['leader-election-name'],
    leaseDurationMs: flags['leader-election-duration'],
    instance: flags['leader-election-instance'] || hostName,
    probePort: flags['http-probe-port'],
    metricsPort: flags['prometheus-port'],
    userAgent: `aad-pod-identity-mic/${version} ${flags['custom-user-agent']}`.trim(),
    dryRun: flags['dry-run'],
    output: flags.output,
  };
}
