/**
 * What MIC is told by its flags.
 *
 * @module
 */
import { UsageError, type FlagValues } from '@aad-pod-identity/program';
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
  /** Who this is in the lease and in events; no other instance has the name. */
  readonly instance: string;
  readonly probePort: number;
  readonly metricsPort: number;
  readonly userAgent: string;
  readonly dryRun: boolean;
  /** The form of what a dry run prints. */
  readonly output: 'text' | 'json';
  readonly uninstall: UninstallOptions;
}

/** What `mic uninstall` is told. */
export interface UninstallOptions {
  readonly attached: 'detach' | 'list';
  /** MIC's Deployment, where it is to be stopped first. */
  readonly deployment: { readonly namespace: string; readonly name: string } | undefined;
  readonly timeoutMs: number;
}

/**
 * @param unnamed - names this instance where no flag does: see `unnamedInstance`
 * @throws UsageError for a Deployment that is not named as NAMESPACE/NAME
 */
export function micOptions(flags: FlagValues<MicFlags>, unnamed: string, version: string): MicOptions {
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
    instance: flags['leader-election-instance'] || unnamed,
    probePort: flags['http-probe-port'],
    metricsPort: flags['prometheus-port'],
    userAgent: `aad-pod-identity-mic/${version} ${flags['custom-user-agent']}`.trim(),
    dryRun: flags['dry-run'],
    output: flags.output,
    uninstall: {
      attached: flags.attached,
      deployment: deploymentOf(flags['stop-deployment']),
      timeoutMs: flags.timeout,
    },
  };
}

function deploymentOf(text: string): UninstallOptions['deployment'] {
  if (text === '') return undefined;
  const [namespace = '', name = '', ...more] = text.split('/');
  if (namespace === '' || name === '' || more.length > 0)
    throw new UsageError(`--stop-deployment: "${text}" is not NAMESPACE/NAME`);
  return { namespace, name };
}
